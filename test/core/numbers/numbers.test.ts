import { describe, expect, test } from 'vitest';
import { decodeBF16, encodeBF16, roundToBF16 } from '../../../src/core/numbers/bfloat16.ts';
import { decodeE2M1 } from '../../../src/core/numbers/e2m1.ts';
import { decodeE8M0 } from '../../../src/core/numbers/e8m0.ts';
import { decodeF8E4M3, decodeF8E5M2 } from '../../../src/core/numbers/float8.ts';
import { decodeF16, encodeF16, roundToF16 } from '../../../src/core/numbers/float16.ts';
import { bitsOfFloat32, float32OfBits } from '../../../src/core/numbers/floatBits.ts';
import { roundHalfEven } from '../../../src/core/numbers/roundHalfEven.ts';
import { isScaleSaturated, roundScale, scaleEpsilon, storeScale } from '../../../src/core/numbers/storedScale.ts';

const INFINITY = Number.POSITIVE_INFINITY;

test('roundHalfEven rounds ties to the even integer on both sides of zero', () => {
  const ties = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5];
  expect(ties.map(roundHalfEven)).toEqual([-2, -2, -0, 0, 2, 2, 4]);
  expect([0.49999999999999994, -0.7, 2.51, 1e300, -0].map(roundHalfEven)).toEqual([0, -1, 3, 1e300, -0]);
  expect([Number.NaN, INFINITY, -INFINITY].map(roundHalfEven)).toEqual([Number.NaN, INFINITY, -INFINITY]);
});

describe.each([
  ['F16', decodeF16, encodeF16, 0x7c00],
  ['BF16', decodeBF16, encodeBF16, 0x7f80],
] as const)('%s', (_, decode, encode, infinity) => {
  test('encodes every value it decodes to the same pattern', () => {
    for (let pattern = 0; pattern < 65536; pattern++) {
      if ((pattern & 0x7fff) > infinity) expect(decode(encode(decode(pattern)))).toBeNaN();
      else if (encode(decode(pattern)) !== pattern) expect(encode(decode(pattern))).toBe(pattern);
    }
    expect(decode(infinity)).toBe(INFINITY);
  });

  test('rounds midpoints between neighbours to the even pattern, and anything beside them to the nearer', () => {
    for (let pattern = 0; pattern < infinity - 1; pattern += 7) {
      const middle = (decode(pattern) + decode(pattern + 1)) / 2;
      expect(encode(middle)).toBe(pattern % 2 === 0 ? pattern : pattern + 1);
      expect(encode(float32OfBits(bitsOfFloat32(middle) - 1))).toBe(pattern);
      expect(encode(-float32OfBits(bitsOfFloat32(middle) + 1)) & 0x7fff).toBe(pattern + 1);
    }
  });
});

test('values beyond the largest finite one overflow from its midpoint on', () => {
  expect(roundToF16(65519.996)).toBe(65504);
  expect(roundToF16(65520)).toBe(INFINITY);
  expect(roundToBF16(-3.4e38)).toBe(-INFINITY);
});

test('narrow floats decode as the OCP specifications list them', () => {
  expect([0x00, 0x01, 0x08, 0x38, 0x7e, 0xfe, 0x80].map(decodeF8E4M3)).toEqual([0, 2 ** -9, 2 ** -6, 1, 448, -448, -0]);
  expect(decodeF8E4M3(0x7f)).toBeNaN();
  expect([0x01, 0x04, 0x3c, 0x7b, 0x7c, 0xfc].map(decodeF8E5M2)).toEqual([
    2 ** -16,
    2 ** -14,
    1,
    57344,
    INFINITY,
    -INFINITY,
  ]);
  expect(decodeF8E5M2(0x7e)).toBeNaN();
  expect([0, 127, 254].map(decodeE8M0)).toEqual([2 ** -127, 1, 2 ** 127]);
  expect(decodeE8M0(255)).toBeNaN();
  expect([0, 1, 7, 8, 9, 15].map(decodeE2M1)).toEqual([0, 0.5, 6, -0, -0.5, -6]);
});

describe('a stored scale', () => {
  test('is rounded to its dtype', () => {
    expect(storeScale(1 + 2 ** -9, 'BF16')).toBe(1);
    expect(storeScale(1 + 2 ** -9, 'F16')).toBe(1 + 2 ** -9);
  });

  test('is clamped to the finite, non-zero values of its dtype, sign kept', () => {
    expect(storeScale(1e-30, 'F16')).toBe(2 ** -24);
    expect(storeScale(-1e-30, 'F16')).toBe(-(2 ** -24));
    expect(storeScale(-0, 'F32')).toBe(-(2 ** -149));
    expect(storeScale(1e30, 'F16')).toBe(65504);
    expect(storeScale(-INFINITY, 'BF16')).toBe(decodeBF16(0xff7f));
    expect(storeScale(3.4e38, 'BF16')).toBe(decodeBF16(0x7f7f));
  });

  test('is reported as saturated exactly where it was clamped', () => {
    expect(isScaleSaturated(roundScale(1e-30, 'F16'))).toBe(true);
    expect(isScaleSaturated(roundScale(65520, 'F16'))).toBe(true);
    expect(isScaleSaturated(roundScale(65504, 'F16'))).toBe(false);
    expect(isScaleSaturated(roundScale(1e-30, 'BF16'))).toBe(false);
  });

  test('knows the machine epsilon of its dtype', () => {
    expect([scaleEpsilon('F32'), scaleEpsilon('F16'), scaleEpsilon('BF16')]).toEqual([
      2 ** -23,
      0.0009765625,
      0.0078125,
    ]);
  });
});

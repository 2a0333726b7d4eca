import { describe, expect, test } from 'vitest';
import { decodeBF16, roundToBF16 } from '../../../src/core/numbers/bfloat16.ts';
import { decodeF8E4M3, decodeF8E5M2 } from '../../../src/core/numbers/float8.ts';
import { decodeF16, roundToF16 } from '../../../src/core/numbers/float16.ts';
import { bitsOfFloat32, float32OfBits } from '../../../src/core/numbers/floatBits.ts';
import { type FloatFormat, largestOf } from '../../../src/core/numbers/floatFormat.ts';
import { roundHalfEven } from '../../../src/core/numbers/roundHalfEven.ts';
import { overflowsFormat, roundToFormat } from '../../../src/core/numbers/roundToFormat.ts';

const INFINITY = Number.POSITIVE_INFINITY;
const F16: FloatFormat = { exponentBits: 5, mantissaBits: 10, kind: 'ieee' };
const BF16: FloatFormat = { exponentBits: 8, mantissaBits: 7, kind: 'ieee' };
const E4M3: FloatFormat = { exponentBits: 4, mantissaBits: 3, kind: 'fn' };
const E5M2: FloatFormat = { exponentBits: 5, mantissaBits: 2, kind: 'ieee' };

/** The F32 values next to `x` below and above, and `x`. */
function around(x: number): readonly number[] {
  const bits = bitsOfFloat32(x);
  return [float32OfBits(bits - 1), x, float32OfBits(bits + 1)];
}

describe.each([
  ['F16', F16, decodeF16, 0x7c00],
  ['BF16', BF16, decodeBF16, 0x7f80],
  ['F8_E4M3', E4M3, decodeF8E4M3, 0x7f],
  ['F8_E5M2', E5M2, decodeF8E5M2, 0x7c],
] as const)('%s', (_, format, decode, end) => {
  test('keeps every finite pattern, sign of zero included', () => {
    for (let pattern = 0; pattern < end; pattern++) {
      const value = decode(pattern);
      expect(roundToFormat(value, format, false)).toBe(value);
      expect(roundToFormat(-value, format, true)).toBe(-value);
    }
    expect(decode(end - 1)).toBe(largestOf(format));
  });

  test('takes each midpoint to the even pattern, and what lies beside it to the nearer', () => {
    for (let pattern = 0; pattern < end - 1; pattern++) {
      const [low, high] = [decode(pattern), decode(pattern + 1)];
      const middle = (low + high) / 2;
      const [below = 0, , above = 0] = around(middle);
      expect(roundToFormat(middle, format, false)).toBe(pattern % 2 === 0 ? low : high);
      expect(roundToFormat(below, format, false)).toBe(low);
      expect(roundToFormat(-above, format, true)).toBe(-high);
    }
  });
});

test('16-bit casts of F32 patterns are those of float16.ts and bfloat16.ts', () => {
  for (let i = 0; i < 200_000; i++) {
    const x = float32OfBits(Math.imul(i, 0x9e3779b1) >>> 0);
    if (Number.isNaN(x)) continue;
    if (!Object.is(roundToFormat(x, F16, false), roundToF16(x)))
      expect(roundToFormat(x, F16, false)).toBe(roundToF16(x));
    if (!Object.is(roundToFormat(x, BF16, false), roundToBF16(x)))
      expect(roundToFormat(x, BF16, false)).toBe(roundToBF16(x));
  }
});

test('every format of 2 to 8 exponent and 0 to 23 mantissa bits rounds as division by its step does', () => {
  const magnitudes = [
    0,
    1,
    1.5,
    2.5,
    3,
    2 ** -149,
    2 ** -140 * 1.5,
    2 ** -126,
    0.75,
    3.4e38,
    2 ** 127,
    1e30,
    65520,
    447,
  ];
  for (let exponentBits = 2; exponentBits <= 8; exponentBits++) {
    for (let mantissaBits = 0; mantissaBits <= 23; mantissaBits++) {
      const format: FloatFormat = { exponentBits, mantissaBits, kind: 'ieee' };
      const bias = 2 ** (exponentBits - 1) - 1;
      const seeded = Array.from({ length: 200 }, (_, i) => float32OfBits(Math.imul(i + 1, 0x9e3779b1) & 0x7fffffff));
      const near = [2 ** (1 - bias), 2 ** -bias, largestOf(format), (1 + 2 ** -mantissaBits / 2) * 2 ** 0].flatMap(
        (x) => around(Math.fround(x)),
      );
      for (const x of [...magnitudes.map(Math.fround), ...seeded, ...near]) {
        if (!Number.isFinite(x)) continue;
        const expected = roundByDivision(x, format);
        const limited = Math.min(expected, largestOf(format));
        expect([x, roundToFormat(x, format, true)]).toEqual([x, limited]);
        expect(overflowsFormat(-x, format)).toBe(expected > largestOf(format));
      }
    }
  }
});

/** In doubles, which hold every quotient and product exactly. */
function roundByDivision(x: number, { exponentBits, mantissaBits }: FloatFormat): number {
  const lowest = 2 - 2 ** (exponentBits - 1);
  let exponent = lowest;
  while (2 ** (exponent + 1) <= x) exponent++;
  const step = 2 ** (exponent - mantissaBits);
  return roundHalfEven(x / step) * step;
}

test('beyond the largest finite value a cast saturates or gives infinity, and fn, which has none, NaN', () => {
  expect([447, 464, 465, 1e30, INFINITY].map((x) => roundToFormat(x, E4M3, true))).toEqual([448, 448, 448, 448, 448]);
  expect(roundToFormat(464, E4M3, false)).toBe(448);
  expect(roundToFormat(465, E4M3, false)).toBeNaN();
  expect([65519, 65520, -1e30].map((x) => roundToFormat(x, F16, false))).toEqual([65504, INFINITY, -INFINITY]);
  expect([65520, -INFINITY].map((x) => roundToFormat(x, F16, true))).toEqual([65504, -65504]);
  expect([61439, 61440].map((x) => roundToFormat(x, E5M2, true))).toEqual([57344, 57344]);
  expect([61439, 61440].map((x) => overflowsFormat(x, E5M2))).toEqual([false, true]);
  expect([464, 465, 480].map((x) => overflowsFormat(x, E4M3))).toEqual([false, true, true]);
  expect(roundToFormat(Number.NaN, E4M3, true)).toBeNaN();
  expect(overflowsFormat(Number.NaN, F16)).toBe(false);
});

import { describe, expect, test } from 'vitest';
import { roundToF16, saturateToF16 } from '../../../src/core/numbers/float16.ts';
import {
  decodeAffineCode,
  decodeRuleOf,
  deriveAffineParameters,
  roundToAffineCode,
} from '../../../src/core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer, QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { seeded } from '../../kernels/support/seeded.ts';

const { fround } = Math;

function affine(spec: QuantizerSpec): AffineQuantizer {
  return resolveQuantizer(spec) as AffineQuantizer;
}

describe('where the solver of HQQ starts', () => {
  test('S is f32(highest code · f32(1 / range)), the scale its inverse, the zero-point -S·min', () => {
    const [low, high] = [fround(-0.3), fround(0.7)];
    const multiplier = fround(7 * fround(1 / fround(high - low)));
    expect(deriveAffineParameters(affine({ id: 'hqq', bits: 3, scaleDtype: 'F32' }), low, high)).toEqual({
      scale: fround(1 / multiplier),
      zero: fround(-low * multiplier),
      multiplier,
      isSaturated: false,
    });
  });

  test('with 4 bits alone the zero-point is whole', () => {
    for (const bits of [1, 2, 3, 4, 8]) {
      const { zero } = deriveAffineParameters(affine({ id: 'hqq', bits }), fround(-0.123), fround(0.777));
      expect(Number.isInteger(zero)).toBe(bits === 4);
    }
  });

  test('a scale of 16 bits is stored first, and S is the inverse of what is stored', () => {
    const { scale, multiplier, zero } = deriveAffineParameters(
      affine({ id: 'hqq', bits: 8 }),
      fround(-0.1),
      fround(0.2),
    );
    expect(scale).toBe(roundToF16(scale));
    expect(multiplier).toBe(fround(1 / scale));
    expect(zero).toBe(fround(fround(0.1) * multiplier));
  });

  test('ranges up to 1e-4 get a scale of 1, and S is at most 20,000', () => {
    const quantizer = affine({ id: 'hqq', bits: 8, scaleDtype: 'F32' });
    for (const range of [0, 1e-40, 1e-5, fround(1e-4)]) {
      expect(deriveAffineParameters(quantizer, 0, range)).toMatchObject({ scale: 1, multiplier: 1 });
    }
    expect(deriveAffineParameters(quantizer, 0, fround(1.01e-4))).toMatchObject({ multiplier: 2e4 });
  });

  test('a range beyond F32 counts as the largest there is, and is reported', () => {
    const quantizer = affine({ id: 'hqq', scaleDtype: 'F32' });
    const { scale, zero, isSaturated } = deriveAffineParameters(quantizer, fround(-3e38), fround(3e38));
    expect(isSaturated).toBe(true);
    expect(Number.isFinite(decodeAffineCode('float-zero', 0, scale, zero))).toBe(true);
    expect(Number.isFinite(decodeAffineCode('float-zero', 15, scale, zero))).toBe(true);
  });
});

describe('LLM.int8', () => {
  const quantizer = affine({ id: 'llm-int8' });

  test('gives the codes of the worked example of bitsandbytes', () => {
    const weights = [0.5, -1.0, 0.25, 0.03, -0.2, 0.8, 0.0, -0.6];
    const { scale, multiplier } = deriveAffineParameters(quantizer, 0, 1);
    expect(scale).toBe(1);
    const codes = weights.map((w) => roundToAffineCode('row-absmax', fround(w), scale, 0, multiplier));
    expect(codes.map((code) => code + 0)).toEqual([64, -127, 32, 4, -25, 102, 0, -76]);
  });

  test('has a scale of 0 for a row of zeros, and of weights that F16 rounds to 0', () => {
    for (const high of [0, 2 ** -26]) {
      const { scale, multiplier } = deriveAffineParameters(quantizer, 0, high);
      expect([scale, multiplier]).toEqual([0, 0]);
      expect(
        decodeAffineCode('row-absmax', roundToAffineCode('row-absmax', high, scale, 0, multiplier), scale, 0),
      ).toBe(0);
    }
  });

  test('saturates beyond F16, and says so', () => {
    const { scale, multiplier, isSaturated } = deriveAffineParameters(quantizer, 0, 1e30);
    expect([scale, isSaturated]).toEqual([65504, true]);
    expect(roundToAffineCode('row-absmax', -1e30, scale, 0, multiplier)).toBe(-127);
    expect(deriveAffineParameters(quantizer, 0, 65519)).toMatchObject({ scale: 65504, isSaturated: false });
    expect(saturateToF16(-1e30)).toBe(-65504);
  });
});

test('codes of what HQQ and LLM.int8 decode to are the codes again', () => {
  const random = seeded(5);
  for (let round = 0; round < 300; round++) {
    const bits = [1, 2, 3, 4, 8][round % 5]!;
    const hqq = affine({ id: 'hqq', bits, scaleDtype: (['F32', 'F16', 'BF16'] as const)[round % 3]! });
    const low = fround((random() - 0.5) * 10 ** (3 * random() - 2));
    const cases = [
      { quantizer: hqq, parameters: deriveAffineParameters(hqq, low, fround(low + random() + 0.01)) },
      {
        quantizer: affine({ id: 'llm-int8' }),
        parameters: deriveAffineParameters(affine({ id: 'llm-int8' }), 0, random()),
      },
    ];
    for (const { quantizer, parameters } of cases) {
      const { scale, zero, multiplier } = parameters;
      const { rule, lo, hi } = quantizer;
      for (let code = lo; code <= hi; code++) {
        const x = decodeAffineCode(decodeRuleOf(rule), code, scale, zero);
        expect(roundToAffineCode(rule, x, scale, zero, multiplier) + 0).toBe(code);
      }
    }
  }
});

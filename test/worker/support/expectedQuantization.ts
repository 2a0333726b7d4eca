import { compareValues } from '../../../src/core/metrics/compareValues.ts';
import type { ErrorSums } from '../../../src/core/metrics/figures.ts';
import { roundToBF16 } from '../../../src/core/numbers/bfloat16.ts';
import { roundToF16 } from '../../../src/core/numbers/float16.ts';
import {
  type AffineParameters,
  decodeAffineCode,
  decodeRuleOf,
  deriveAffineParameters,
  roundToAffineCode,
} from '../../../src/core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer } from '../../../src/core/quantizers/quantizer.ts';
import { clippedEnds } from './clippedEnds.ts';

export interface ExpectedQuantization {
  /** Signed codes, channel-major. */
  readonly codes: number[];
  /** One per slice, channel-major. */
  readonly parameters: readonly AffineParameters[];
  readonly decoded: Float32Array;
  readonly sums: ErrorSums;
}

/** What a quantizer does to channel-major values, weight by weight from its definition. */
export function expectedQuantization(
  values: Float32Array,
  channels: number,
  inputs: number,
  quantizer: AffineQuantizer,
  roundTo: 'BF16' | 'F16' | null = null,
): ExpectedQuantization {
  const groupSize = quantizer.unit === 'group' ? (quantizer.groupSize as number) : inputs;
  const groups = Math.ceil(inputs / groupSize);
  const sliceOf = (i: number): number =>
    quantizer.unit === 'tensor' ? 0 : Math.floor(i / inputs) * groups + Math.floor((i % inputs) / groupSize);
  const slices: number[][] = Array.from({ length: quantizer.unit === 'tensor' ? 1 : channels * groups }, () => []);
  values.forEach((value, i) => {
    slices[sliceOf(i)]?.push(value);
  });
  const parameters = slices.map((slice) => deriveAffineParameters(quantizer, ...rangeOfSlice(slice, quantizer)));
  const round = roundTo === 'BF16' ? roundToBF16 : roundTo === 'F16' ? roundToF16 : Math.fround;
  const clipped = new Set<number>();
  const codes = Array.from(values, (x, i) => {
    const { scale, zero, multiplier } = parameters[sliceOf(i)] as AffineParameters;
    const rounded = roundToAffineCode(quantizer.rule, x, scale, zero, multiplier);
    if (rounded < quantizer.lo || rounded > quantizer.hi) clipped.add(i);
    return Math.min(Math.max(rounded, quantizer.lo), quantizer.hi) | 0;
  });
  const decoded = Float32Array.from(codes, (code, i) => {
    const { scale, zero } = parameters[sliceOf(i)] as AffineParameters;
    return round(decodeAffineCode(decodeRuleOf(quantizer.rule), code, scale, zero));
  });
  return { codes, parameters, decoded, sums: compareValues(values, decoded, (i) => clipped.has(i)) };
}

function rangeOfSlice(slice: readonly number[], quantizer: AffineQuantizer): [low: number, high: number] {
  const { range, clip } = quantizer;
  if (clip !== undefined) return clippedEnds(slice, quantizer);
  const low = slice.reduce((a, b) => Math.min(a, b));
  const high = slice.reduce((a, b) => Math.max(a, b));
  switch (range) {
    case 'max-magnitude':
      return [0, Math.max(-low, high)];
    case 'signed-extreme':
      return [0, slice.reduce((extreme, x) => (Math.abs(x) > Math.abs(extreme) ? x : extreme), 0)];
    case 'min-max':
      return [low, high];
    case 'min-max-zero':
      return [Math.min(low, 0), Math.max(high, 0)];
  }
}

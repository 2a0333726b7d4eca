import {
  decodeAffineCode,
  decodeRuleOf,
  deriveAffineParameters,
  roundToAffineCode,
} from '../../../src/core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { TensorRange } from '../../../src/core/quantizers/tensorSearch.ts';
import { endsOf } from '../../../src/core/search/tensorRange.ts';

/* Objectives of searches, spelled out plainly. */

export function rangeOf(x: Float32Array): TensorRange {
  let [min, max, signedExtreme] = [x[0]!, x[0]!, 0];
  for (const value of x) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    if (Math.abs(value) > Math.abs(signedExtreme)) signedExtreme = value;
  }
  return { kind: 'range', min, max, signedExtreme };
}

/** Σ(x - x')² of a slice by the parameters of a range. */
export function errorByRange(x: Float32Array, quantizer: AffineQuantizer, range: TensorRange): number {
  const { rule, lo, hi } = quantizer;
  const { low, high } = endsOf(range, quantizer.range);
  const { scale, zero, multiplier } = deriveAffineParameters(quantizer, low + 0, high + 0);
  return sum(x, (value) => {
    const code = Math.min(Math.max(roundToAffineCode(rule, value, scale, zero, multiplier), lo), hi);
    return (value - decodeAffineCode(decodeRuleOf(rule), code, scale, zero)) ** 2;
  });
}

/** Σ|e| of a slice by HQQ's parameters. */
export function errorByZero(x: Float32Array, highest: number, multiplier: number, zero: number): number {
  return sum(x, (value) => {
    const code = Math.min(Math.max(Math.round(value * multiplier + zero), 0), highest);
    return Math.abs(value - (code - zero) / multiplier);
  });
}

/** Σ(x - level)² at the nearest level. */
export function errorByLevels(x: Float32Array, levels: ArrayLike<number>): number {
  return sum(x, (value) => {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < levels.length; i++) least = Math.min(least, (value - levels[i]!) ** 2);
    return least;
  });
}

/** All sums Σ ±α. */
export function combinationsOf(alpha: Float32Array): number[] {
  return Array.from({ length: 2 ** alpha.length }, (_, code) =>
    alpha.reduce((total, value, plane) => total + ((code >> plane) & 1 ? value : -value), 0),
  );
}

function sum(x: Float32Array, term: (value: number) => number): number {
  let total = 0;
  for (const value of x) total += term(value);
  return total;
}

import { roundToBF16 } from '../numbers/bfloat16.ts';
import { roundToF16 } from '../numbers/float16.ts';
import { roundHalfEven } from '../numbers/roundHalfEven.ts';
import { overflowsFormat, roundToFormat } from '../numbers/roundToFormat.ts';
import {
  decodeAffineCode,
  decodeRuleOf,
  deriveAffineParameters,
  roundToAffineCode,
} from '../quantizers/affineArithmetic.ts';
import { scaleOfCast } from '../quantizers/castScale.ts';
import { fixedPointCodes } from '../quantizers/fixedPointGrid.ts';
import { levelThresholds } from '../quantizers/levelThresholds.ts';
import type {
  AffineQuantizer,
  CastQuantizer,
  CodebookQuantizer,
  FixedPointQuantizer,
  Quantizer,
} from '../quantizers/quantizer.ts';
import type { TensorRange } from '../quantizers/tensorSearch.ts';
import type { ValueSearch } from '../search/searchValues.ts';
import { endsOf } from '../search/tensorRange.ts';

type RoundTo = 'BF16' | 'F16' | null;

/** What one quantizer of unit tensor, with its stored parameters, does to single values. */
export type InstantGrid = CodeGrid | ValueGrid;

/** Few codes: each has a level. */
export interface CodeGrid {
  readonly kind: 'codes';
  readonly lo: number;
  readonly hi: number;
  /** x' of each code from `lo` on. */
  readonly decoded: Float64Array;
  /** About the distance between levels; 0 where all are one. */
  readonly step: number;
  /** The rounded code before the clamp to [lo, hi]: outside of it the weight is clipped. */
  round(x: number): number;
}

/** Levels without end, floats or wide fixed point: only those that occur are of interest. */
export interface ValueGrid {
  readonly kind: 'values';
  decode(x: number): number;
  isClipped(x: number): boolean;
}

/** Bits up to which fixed point is listed code by code. */
const MOST_CODE_BITS = 8;

/**
 * The grid of a quantizer, null where parameters are not those of a whole tensor.
 * @param search what `searchValues` found for it
 * @param roundTo the dtype to which the format's loader rounds x'
 */
export function instantGridOf(quantizer: Quantizer, search: ValueSearch | null, roundTo: RoundTo): InstantGrid | null {
  switch (quantizer.family) {
    case 'affine':
      return quantizer.unit === 'tensor' && search?.kind === 'range' ? affineGrid(quantizer, search, roundTo) : null;
    case 'codebook':
      return codebookGrid(quantizer, search, roundTo);
    case 'cast':
      return quantizer.scaleUnit === 'channel' ? null : castGrid(quantizer, search, roundTo);
    case 'fixed-point':
      return fixedPointGrid(quantizer, search, roundTo);
    case 'binary':
      return null;
  }
}

function affineGrid(quantizer: AffineQuantizer, range: TensorRange, roundTo: RoundTo): CodeGrid {
  const { rule, lo, hi } = quantizer;
  const ends = endsOf(range, quantizer.range);
  const { scale, zero, multiplier } = deriveAffineParameters(quantizer, ends.low, ends.high);
  const decodeRule = decodeRuleOf(rule);
  return {
    kind: 'codes',
    lo,
    hi,
    decoded: decodedOf(lo, hi, (code) => decodeAffineCode(decodeRule, code, scale, zero), roundTo),
    step: Math.abs(scale),
    round: (x) => roundToAffineCode(rule, x, scale, zero, multiplier),
  };
}

function codebookGrid(quantizer: CodebookQuantizer, search: ValueSearch | null, roundTo: RoundTo): CodeGrid | null {
  const { codebook, unit } = quantizer;
  if (unit !== 'tensor') return null;
  const levels = codebook.kind === 'given' ? codebook.levels : search?.kind === 'levels' ? search.levels : null;
  if (levels === null || levels.length === 0) return null;
  const stored = Float32Array.from(levels);
  const thresholds = levelThresholds(stored);
  return {
    kind: 'codes',
    lo: 0,
    hi: stored.length - 1,
    decoded: decodedOf(0, stored.length - 1, (code) => stored[code]!, roundTo),
    step: (stored[stored.length - 1]! - stored[0]!) / stored.length,
    round: (x) => countBelow(thresholds, x),
  };
}

/** How many of the ascending thresholds are below x. */
function countBelow(thresholds: Float32Array, x: number): number {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (thresholds[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function castGrid(quantizer: CastQuantizer, search: ValueSearch | null, roundTo: RoundTo): ValueGrid | null {
  const { format, saturates, scaleUnit } = quantizer;
  if (scaleUnit !== null && search?.kind !== 'range') return null;
  const rule = scaleOfCast(quantizer);
  const scale = search?.kind === 'range' ? deriveAffineParameters(rule, 0, endsOf(search, rule.range).high).scale : 1;
  const round = roundingTo(roundTo);
  return {
    kind: 'values',
    decode: (x) => round(Math.fround(roundToFormat(Math.fround(x / scale), format, saturates) * scale)),
    isClipped: (x) => overflowsFormat(Math.fround(x / scale), format),
  };
}

function fixedPointGrid(
  { bits, fraction }: FixedPointQuantizer,
  search: ValueSearch | null,
  roundTo: RoundTo,
): InstantGrid | null {
  const fractionBits =
    typeof fraction === 'number' ? fraction : search?.kind === 'fraction' ? search.fractionBits : null;
  if (fractionBits === null) return null;
  const [lo, hi] = fixedPointCodes(bits);
  const [scale, step] = [2 ** fractionBits, 2 ** -fractionBits];
  const round = (x: number): number => roundHalfEven(x * scale);
  if (bits <= MOST_CODE_BITS) {
    return { kind: 'codes', lo, hi, decoded: decodedOf(lo, hi, (code) => code * step, roundTo), step, round };
  }
  const restore = roundingTo(roundTo);
  return {
    kind: 'values',
    // Adding +0 turns -0 into +0.
    decode: (x) => restore(Math.fround((Math.min(Math.max(round(x), lo), hi) + 0) * step)),
    isClipped: (x) => round(x) < lo || round(x) > hi,
  };
}

function decodedOf(lo: number, hi: number, decode: (code: number) => number, roundTo: RoundTo): Float64Array {
  const round = roundingTo(roundTo);
  return Float64Array.from({ length: hi - lo + 1 }, (_, index) => round(decode(lo + index)));
}

function roundingTo(dtype: RoundTo): (x: number) => number {
  if (dtype === null) return Math.fround;
  return dtype === 'BF16' ? roundToBF16 : roundToF16;
}

/**
 * Range of each slice (see RangeRule). Zeros are stored as +0, and a NaN in a slice makes its `high` NaN, so that
 * callers see it. Twin: wasm/affineSearch.ts.
 */
import type { RangeRule } from '../../core/quantizers/quantizer.ts';
import type { Block } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';
import { forEachSlice } from './slices.ts';

interface Range {
  readonly low: number;
  readonly high: number;
}

type Take = (range: Range, x: number) => Range;

const FIRST: Readonly<Record<RangeRule, Range>> = {
  'max-magnitude': { low: 0, high: 0 },
  'signed-extreme': { low: 0, high: 0 },
  'min-max': { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY },
  'min-max-zero': { low: 0, high: 0 },
};

const takeMinMax: Take = ({ low, high }, x) => ({ low: Math.min(low, x), high: Math.max(high, x) });

const TAKE: Readonly<Record<RangeRule, Take>> = {
  'max-magnitude': (range, x) => ({ low: 0, high: Math.max(range.high, Math.abs(x)) }),
  // Strictly larger: the first element wins a tie. The negated comparison lets a NaN in and keeps it.
  'signed-extreme': (range, x) =>
    Math.abs(x) <= Math.abs(range.high) || Number.isNaN(range.high) ? range : { low: 0, high: x },
  'min-max': takeMinMax,
  'min-max-zero': takeMinMax,
};

/** Writes (or merges) `low` and `high` per slice; rules of magnitude write `high` only. */
export function affineSearch(
  memory: RefMemory,
  block: Block,
  rule: RangeRule,
  low: number,
  high: number,
  merge: boolean,
): void {
  const take = TAKE[rule];
  const isTwoSided = rule === 'min-max' || rule === 'min-max-zero';
  forEachSlice(block, (slice, first, length) => {
    let range = FIRST[rule];
    if (merge) range = { low: isTwoSided ? memory.float32(low, slice) : 0, high: memory.float32(high, slice) };
    for (let i = first; i < first + length; i++) range = take(range, memory.float32(block.x, i));
    // Adding +0 turns -0 into +0; a NaN is stored as the canonical one.
    if (isTwoSided) memory.setFloat32(low, slice, Number.isNaN(range.low) ? Number.NaN : range.low + 0);
    memory.setFloat32(high, slice, Number.isNaN(range.high) ? Number.NaN : range.high + 0);
  });
}

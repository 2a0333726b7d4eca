import type { TensorRange } from '../../core/quantizers/tensorSearch.ts';
import type { QuantizeItem } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { rangeOf } from '../rangeOf.ts';
import { type ItemSums, RunRecords } from '../runRecords.ts';
import type { TilePlan } from '../tiles.ts';
import type { SliceGrid } from './partsSink.ts';
import type { PassSink } from './passSink.ts';

/** What a pass over an item gives. */
export interface PassResult extends ItemSums {
  readonly saturatedScales: number;
}

/** Opens what a pass writes to: buffers are taken from the arena after those of the reader. */
export type OpenSink = (plan: TilePlan, grid: SliceGrid) => PassSink & { finish?(): void };

/** One pass over an item. */
export interface ItemPass {
  readonly scope: CallScope;
  readonly item: QuantizeItem;
  readonly openSink: OpenSink;
  /** What infinities are clamped to; null where all weights are taken to be finite. */
  readonly largest: number | null;
}

/** The grid of passes without parameters of slices. */
export const NO_SLICES: SliceGrid = { perTensor: false, perRow: 0, atOnce: 0 };

/** The run records of an item. */
export function openRuns(scope: CallScope, { source, rows, sums }: QuantizeItem, plan: TilePlan): RunRecords {
  const { channels, inputs } = source.view;
  const isWhole = rows.start === 0 && rows.end === channels;
  return new RunRecords(scope, sums, (rows.end - rows.start) * inputs, plan.rows * plan.columns, !isWhole);
}

/** What the caller measured before, or a pass of our own. */
export async function rangeOfTensor(scope: CallScope, { item, source, search }: QuantizeItem): Promise<TensorRange> {
  if (search?.kind === 'range') return search;
  const range = await rangeOf(scope, { item, source, rows: { start: 0, end: source.view.channels } });
  return { kind: 'range', ...range };
}

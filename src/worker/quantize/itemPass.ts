import type { TensorRange } from '../../core/quantizers/tensorSearch.ts';
import type { QuantizeItem } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { type ItemSums, RunRecords } from '../runRecords.ts';
import { searchItem } from '../search/searchItem.ts';
import type { TilePlan } from '../tiles.ts';
import type { PassNotes } from './passNotes.ts';
import type { PassSink } from './passSink.ts';
import type { SliceGrid } from './sliceGrid.ts';

/** What a pass over an item gives. */
export interface PassResult extends ItemSums, PassNotes {}

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

/** The run records of an item. */
export function openRuns(scope: CallScope, { source, rows, sums }: QuantizeItem, plan: TilePlan): RunRecords {
  const { channels, inputs } = source.view;
  const isWhole = rows.start === 0 && rows.end === channels;
  return new RunRecords(scope, sums, (rows.end - rows.start) * inputs, plan.rows * plan.columns, !isWhole);
}

/** What the caller found before, or a search of our own: the range of the whole tensor, clipped where the quantizer says so. */
export async function rangeOfTensor(scope: CallScope, asked: QuantizeItem): Promise<TensorRange> {
  const { item, source, quantizer, nonFinite } = asked;
  if (asked.search?.kind === 'range') return asked.search;
  if (quantizer === null) throw new Error('what is copied has no range');
  const rows = { start: 0, end: source.view.channels };
  const { search } = await searchItem(scope, { item, source, rows, quantizer, table: null, nonFinite });
  if (search.kind !== 'range') throw new Error(`${quantizer.id}: the search found no range but ${search.kind}`);
  return search;
}

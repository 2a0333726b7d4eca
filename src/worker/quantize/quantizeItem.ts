import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { TensorRange } from '../../core/quantizers/tensorSearch.ts';
import type { QuantizeItem, QuantizeResult } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { findNonFinite, refuseNonFinite } from '../nonFinite.ts';
import { rangeOf } from '../rangeOf.ts';
import { openRows, planRows } from '../rows/openRows.ts';
import { type ItemSums, RunRecords } from '../runRecords.ts';
import type { TilePlan } from '../tiles.ts';
import { AffinePass } from './affinePass.ts';
import { planAffine } from './affinePlan.ts';
import { copyItem, isCopy } from './copyItem.ts';
import { roundingsOf, runFloatPass } from './floatPass.ts';
import { PartsSink, type SliceGrid } from './partsSink.ts';
import { MEASURE_ONLY, type PassSink } from './passSink.ts';

/** What a pass over an item gives. */
export interface PassResult extends ItemSums {
  readonly saturatedScales: number;
}

/** Opens what a pass writes to: buffers are taken from the arena after those of the reader. */
export type OpenSink = (plan: TilePlan, grid: SliceGrid) => PassSink & { finish?(): void };

/** Measures an item and, where it has targets, writes its parts. @throws Failure `tensor/non-finite`, `file/*`, `save/*` */
export async function quantizeItem(scope: CallScope, item: QuantizeItem): Promise<QuantizeResult> {
  scope.arena.reset();
  if (isCopy(item)) return { item: item.item, ...(await copyItem(scope, item)), saturatedScales: 0 };
  const { source, rows, targets } = item;
  const openSink: OpenSink = (plan, grid) =>
    targets.length === 0 ? MEASURE_ONLY : new PartsSink(scope, targets, source.view, rows, plan, grid);
  return { item: item.item, ...(await passWithNonFinite(scope, item, openSink)) };
}

/**
 * A pass as if all weights were finite. Only where its sums say otherwise the item is refused, or done again with clamped
 * weights; a tensor that is not quantized keeps what it holds.
 */
export async function passWithNonFinite(scope: CallScope, item: QuantizeItem, openSink: OpenSink): Promise<PassResult> {
  const result = await runPass(scope, item, openSink, null);
  if (Number.isFinite(result.sums.squaredError)) return result;
  const nonFinite = await findNonFinite(scope, item.source);
  if (nonFinite === null) return result;
  if (item.quantizer !== null && item.nonFinite === 'refuse') refuseNonFinite(item.source, nonFinite);
  return runPass(scope, item, openSink, nonFinite.largest);
}

/** @param largest what infinities are clamped to; null where all weights are taken to be finite */
async function runPass(
  scope: CallScope,
  item: QuantizeItem,
  openSink: OpenSink,
  largest: number | null,
): Promise<PassResult> {
  const { quantizer } = item;
  if (quantizer?.family === 'affine') return runAffine(scope, item, quantizer, openSink, largest);
  scope.arena.reset();
  const { source, rows, roundTo, sums: wanted } = item;
  const plan = planRows(scope, [source]);
  const reader = openRows(scope, source, rows, plan, { largest: quantizer === null ? null : largest });
  const runs = openRuns(scope, item, plan);
  const sink = openSink(plan, { perTensor: false, perRow: 0, atOnce: 0 });
  const roundings = roundingsOf(quantizer, roundTo);
  const masksNonFinite = quantizer === null && largest !== null;
  await runFloatPass(scope, {
    roundings,
    wanted,
    plan,
    rows,
    inputs: source.view.inputs,
    reader,
    runs,
    sink,
    masksNonFinite,
  });
  sink.finish?.();
  return { ...runs.finish(), saturatedScales: 0 };
}

async function runAffine(
  scope: CallScope,
  item: QuantizeItem,
  quantizer: AffineQuantizer,
  openSink: OpenSink,
  largest: number | null,
): Promise<PassResult> {
  const range = quantizer.unit === 'tensor' ? await rangeOfTensor(scope, item) : null;
  scope.arena.reset();
  const { source, rows, roundTo, sums: wanted } = item;
  const plan = planAffine(scope, source, quantizer);
  const reader = openRows(scope, source, rows, plan.tiles, { largest });
  const runs = openRuns(scope, item, plan.tiles);
  const sink = openSink(plan.tiles, plan.grid);
  const { inputs } = source.view;
  const job = { quantizer, roundTo, wanted, plan, rows, inputs, range, reader, runs, sink };
  const saturatedScales = await new AffinePass(scope, job).run();
  sink.finish?.();
  return { ...runs.finish(), saturatedScales };
}

/** What the caller measured before, or a pass of our own. */
async function rangeOfTensor(scope: CallScope, { item, source, search }: QuantizeItem): Promise<TensorRange> {
  if (search?.kind === 'range') return search;
  const range = await rangeOf(scope, { item, source, rows: { start: 0, end: source.view.channels } });
  return { kind: 'range', ...range };
}

function openRuns(scope: CallScope, { source, rows, sums }: QuantizeItem, plan: TilePlan): RunRecords {
  const { channels, inputs } = source.view;
  const isWhole = rows.start === 0 && rows.end === channels;
  return new RunRecords(scope, sums, (rows.end - rows.start) * inputs, plan.rows * plan.columns, !isWhole);
}

import type { QuantizeItem, QuantizeResult } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { findNonFinite, refuseNonFinite } from '../nonFinite.ts';
import { openRows, planRows } from '../rows/openRows.ts';
import { runAffine } from './affineItem.ts';
import { runBinary } from './binaryItem.ts';
import { runBlocks } from './blockItem.ts';
import { runCast } from './castItem.ts';
import { runCodebook } from './codebookItem.ts';
import { copyItem, isCopy } from './copyItem.ts';
import { DetailSink } from './detailSink.ts';
import { runFixedPoint } from './fixedPointItem.ts';
import { runFloatPass } from './floatPass.ts';
import { type ItemPass, type OpenSink, openRuns, type PassResult } from './itemPass.ts';
import { PartsSink } from './partsSink.ts';
import { MEASURE_ONLY } from './passSink.ts';
import { NO_SLICES } from './sliceGrid.ts';

/** Measures an item and, where it has targets, writes its parts. @throws Failure `tensor/non-finite`, `file/*`, `save/*` */
export async function quantizeItem(scope: CallScope, item: QuantizeItem): Promise<QuantizeResult> {
  scope.arena.reset();
  if (isCopy(item)) return { item: item.item, ...(await copyItem(scope, item)), saturatedScales: 0 };
  const { source, rows, targets } = item;
  const { quantizer, details } = item;
  let detailSink: DetailSink | null = null;
  const openSink: OpenSink = (plan, grid) => {
    const sink = targets.length === 0 ? MEASURE_ONLY : new PartsSink(scope, targets, source.view, rows, plan, grid);
    if (quantizer === null || details == null) return sink;
    detailSink = new DetailSink(scope, sink, details, quantizer, source.view, plan);
    return detailSink;
  };
  const result = await passWithNonFinite(scope, item, openSink);
  return { item: item.item, ...result, details: (detailSink as DetailSink | null)?.details ?? null };
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
  const pass: ItemPass = { scope, item, openSink, largest };
  const { quantizer } = item;
  switch (quantizer?.family) {
    case 'affine':
      return runAffine(pass, quantizer);
    case 'codebook':
      if (quantizer.unit === 'block') return runBlocks(pass, quantizer);
      return runCodebook(pass, quantizer);
    case 'binary':
      return runBinary(pass, quantizer);
    case 'cast':
      return runCast(pass, quantizer);
    case 'fixed-point':
      return runFixedPoint(pass, quantizer);
    case undefined:
      return runFloat(pass);
  }
}

async function runFloat({ scope, item, openSink, largest }: ItemPass): Promise<PassResult> {
  scope.arena.reset();
  const { source, rows, roundTo, sums: wanted } = item;
  const { inputs } = source.view;
  const plan = planRows(scope, [source]);
  const reader = openRows(scope, source, rows, plan);
  const runs = openRuns(scope, item, plan);
  const sink = openSink(plan, NO_SLICES);
  const masksNonFinite = largest !== null;
  await runFloatPass(scope, { roundTo, wanted, plan, rows, inputs, reader, runs, sink, masksNonFinite });
  sink.finish?.();
  return { ...runs.finish(), saturatedScales: 0 };
}

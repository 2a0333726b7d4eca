import type { FixedPointQuantizer } from '../../core/quantizers/quantizer.ts';
import type { QuantizeItem } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { openRows, planRows } from '../rows/openRows.ts';
import { searchItem } from '../search/searchItem.ts';
import { runFixedPointPass } from './fixedPointPass.ts';
import { type ItemPass, openRuns, type PassResult } from './itemPass.ts';
import { NO_SLICES } from './sliceGrid.ts';

/** The pass of fixed point. @throws Failure `file/*`, `save/*` */
export async function runFixedPoint(pass: ItemPass, quantizer: FixedPointQuantizer): Promise<PassResult> {
  const { scope, item, openSink, largest } = pass;
  const { source, rows, roundTo, sums: wanted } = item;
  const fractionBits = await fractionOf(scope, item, quantizer);
  scope.arena.reset();
  const { inputs } = source.view;
  const plan = planRows(scope, [source]);
  const reader = openRows(scope, source, rows, plan, { largest });
  const runs = openRuns(scope, item, plan);
  const sink = openSink(plan, NO_SLICES);
  const job = { quantizer, fractionBits, roundTo, wanted, plan, rows, inputs, reader, runs, sink };
  await runFixedPointPass(scope, job);
  sink.finish?.();
  return { ...runs.finish(), saturatedScales: 0 };
}

/** As asked for, as the caller found it, or by a search of our own. */
async function fractionOf(scope: CallScope, item: QuantizeItem, quantizer: FixedPointQuantizer): Promise<number> {
  if (typeof quantizer.fraction === 'number') return quantizer.fraction;
  const { source, nonFinite } = item;
  const rows = { start: 0, end: source.view.channels };
  const ask = { item: item.item, source, rows, quantizer, table: null, nonFinite };
  const search = item.search ?? (await searchItem(scope, ask)).search;
  if (search.kind !== 'fraction') throw new Error(`${quantizer.id} needs its fraction bits and not ${search.kind}`);
  return search.fractionBits;
}

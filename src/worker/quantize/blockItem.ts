import type { CodebookQuantizer } from '../../core/quantizers/quantizer.ts';
import type { QuantizeItem } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { openRows } from '../rows/openRows.ts';
import { offsetOf } from '../search/offsetSearch.ts';
import { BlockPass } from './blockPass.ts';
import { planBlocks } from './blockPlan.ts';
import { countBlocks } from './blockScales.ts';
import { type ItemPass, openRuns, type PassResult } from './itemPass.ts';

/** A pass by a fixed codebook over blocks of the flattened view. */
export async function runBlocks(
  { scope, item, openSink, largest }: ItemPass,
  quantizer: CodebookQuantizer,
): Promise<PassResult> {
  const offset = quantizer.doubleQuant ? await offsetOfTensor(scope, item, quantizer) : null;
  scope.arena.reset();
  const { source, rows, roundTo, sums: wanted } = item;
  const { view } = source;
  const plan = planBlocks(scope, source, quantizer);
  const { tiles, blockSize } = plan;
  const reader = openRows(scope, source, rows, tiles, { largest });
  const runs = openRuns(scope, item, tiles);
  const atOnce = plan.isSearchedFirst
    ? countBlocks({ rows, inputs: view.inputs, blockSize })
    : Math.ceil((tiles.rows * tiles.columns) / blockSize);
  const sink = openSink(tiles, { perTensor: false, perRow: 0, atOnce, blockSize });
  await new BlockPass(scope, { quantizer, roundTo, wanted, plan, rows, view, offset, reader, runs, sink }).run();
  sink.finish?.();
  return { ...runs.finish(), saturatedScales: 0 };
}

/** What the caller found before, or a search of our own. */
async function offsetOfTensor(
  scope: CallScope,
  { source, search }: QuantizeItem,
  quantizer: CodebookQuantizer,
): Promise<number> {
  return search?.kind === 'offset' ? search.offset : offsetOf(scope, source, quantizer);
}

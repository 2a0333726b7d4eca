import { paddedLevels } from '../../core/quantizers/paddedLevels.ts';
import type { CodebookQuantizer } from '../../core/quantizers/quantizer.ts';
import { openRows } from '../rows/openRows.ts';
import { searchItem } from '../search/searchItem.ts';
import { runCodebookPass } from './codebookPass.ts';
import { planCodebook } from './codebookPlan.ts';
import { type ItemPass, openRuns, type PassResult } from './itemPass.ts';

/** The pass of a codebook with stored levels. @throws Failure `quantizer/row-too-long`, `tensor/non-finite`, `file/*`, `save/*` */
export async function runCodebook(pass: ItemPass, quantizer: CodebookQuantizer): Promise<PassResult> {
  const { scope, item, openSink, largest } = pass;
  const levels = quantizer.unit === 'tensor' ? await levelsOfTensor(pass, quantizer) : null;
  scope.arena.reset();
  const { source, rows, roundTo, sums: wanted } = item;
  const { inputs } = source.view;
  const plan = planCodebook(scope, source, quantizer);
  const reader = openRows(scope, source, rows, plan.tiles, { largest });
  const runs = openRuns(scope, item, plan.tiles);
  const sink = openSink(plan.tiles, plan.grid);
  const proposals = item.proposals ?? null;
  const notes = await runCodebookPass(scope, {
    quantizer,
    proposals,
    roundTo,
    wanted,
    plan,
    rows,
    inputs,
    levels,
    reader,
    runs,
    sink,
  });
  sink.finish?.();
  return { ...runs.finish(), ...notes };
}

/** The quantizer's own, what the caller found before, or a search of our own. */
async function levelsOfTensor({ scope, item }: ItemPass, quantizer: CodebookQuantizer): Promise<Float32Array> {
  const { codebook, bits } = quantizer;
  if (codebook.kind === 'given') return paddedLevels(codebook.levels, bits);
  const { source, nonFinite } = item;
  const rows = { start: 0, end: source.view.channels };
  const search =
    item.search ??
    (await searchItem(scope, { item: item.item, source, rows, quantizer, table: null, nonFinite })).search;
  if (search.kind !== 'levels') throw new Error(`${quantizer.id}: a search gave ${search.kind} instead of levels`);
  return search.levels;
}

import type { PartLayout } from '../../core/formats/format.ts';
import type { OutlierRule } from '../../core/quantizers/outlierRule.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { QuantizeItem } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { openRows } from '../rows/openRows.ts';
import { outlierColumnsOf } from '../search/outlierColumns.ts';
import { solverRoundsOf } from '../search/solverRounds.ts';
import { AffinePass } from './affinePass.ts';
import { planAffine } from './affinePlan.ts';
import { ColumnsApart } from './columnsApart.ts';
import { type ItemPass, openRuns, type PassResult, rangeOfTensor } from './itemPass.ts';

/** The pass of an affine quantizer. @throws Failure `tensor/long-slices`, `file/*`, `save/*` */
export async function runAffine(pass: ItemPass, quantizer: AffineQuantizer): Promise<PassResult> {
  const { scope, item, openSink, largest } = pass;
  const range = quantizer.unit === 'tensor' ? await rangeOfTensor(scope, item) : null;
  const proposals = item.proposals ?? null;
  const isSolved = quantizer.solver !== undefined && proposals === null;
  const rounds = isSolved ? await roundsOfTensor(scope, item, quantizer) : 0;
  const columns = quantizer.outliers === undefined ? [] : await columnsOfTensor(scope, item, quantizer.outliers);
  assertStored(item, columns.length);
  scope.arena.reset();
  const { source, rows, roundTo, sums: wanted } = item;
  const plan = planAffine(scope, source, quantizer);
  const reader = openRows(scope, source, rows, plan.tiles, { largest });
  const runs = openRuns(scope, item, plan.tiles);
  const sink = openSink(plan.tiles, plan.grid);
  const { inputs } = source.view;
  const apartJob = { reader, columns, tiles: plan.tiles, elements: (rows.end - rows.start) * inputs, roundTo };
  const apart = columns.length === 0 ? null : new ColumnsApart(scope, { ...apartJob, wanted, runs, sink });
  const common = { quantizer, roundTo, wanted, plan, rows, inputs, range, rounds, proposals, runs, sink };
  const notes = await new AffinePass(scope, { ...common, reader: apart ?? reader, apart }).run();
  sink.finish?.();
  return { ...runs.finish(), ...notes };
}

/** Columns are no codes: a layout that was made before they were found would lose them. */
function assertStored({ targets }: QuantizeItem, columns: number): void {
  const stores = (...kinds: readonly PartLayout['content']['kind'][]): boolean =>
    targets.some(({ part }) => kinds.includes(part.content.kind));
  if (columns > 0 && stores('codes', 'signed-codes') && !stores('outliers')) {
    throw new Error(`${targets[0]?.part.name}: the layout has no room for the columns kept apart`);
  }
}

/** What was searched before, or a search of our own. */
async function roundsOfTensor(
  scope: CallScope,
  { source, nonFinite, search }: QuantizeItem,
  quantizer: AffineQuantizer,
): Promise<number> {
  if (search?.kind === 'rounds') return search.rounds;
  return solverRoundsOf(scope, { source, nonFinite, rows: { start: 0, end: source.view.channels } }, quantizer);
}

/** Input columns kept apart: those that the plan names or that were searched before, or a search of our own. */
async function columnsOfTensor(
  scope: CallScope,
  { source, nonFinite, search }: QuantizeItem,
  rule: OutlierRule,
): Promise<ArrayLike<number>> {
  if (rule.kind === 'columns') return rule.columns;
  if (search?.kind === 'outliers') return search.columns;
  return outlierColumnsOf(scope, { source, nonFinite, rows: { start: 0, end: source.view.channels } }, rule);
}

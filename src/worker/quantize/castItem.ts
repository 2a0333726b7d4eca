import type { CastQuantizer } from '../../core/quantizers/quantizer.ts';
import { openRows } from '../rows/openRows.ts';
import { CastPass } from './castPass.ts';
import { planCast } from './castPlan.ts';
import { type ItemPass, openRuns, type PassResult, rangeOfTensor } from './itemPass.ts';

/** The pass of a cast. @throws Failure `file/*`, `save/*` */
export async function runCast(pass: ItemPass, quantizer: CastQuantizer): Promise<PassResult> {
  const { scope, item, openSink, largest } = pass;
  const { source, rows, roundTo, sums: wanted } = item;
  const range = quantizer.scaleUnit === 'tensor' ? await rangeOfTensor(scope, item) : null;
  scope.arena.reset();
  const { inputs } = source.view;
  const plan = planCast(scope, source, quantizer);
  const reader = openRows(scope, source, rows, plan.tiles, { largest });
  const runs = openRuns(scope, item, plan.tiles);
  const sink = openSink(plan.tiles, plan.grid);
  const job = { quantizer, roundTo, wanted, plan, rows, inputs, range, reader, runs, sink };
  const saturatedScales = await new CastPass(scope, job).run();
  sink.finish?.();
  return { ...runs.finish(), saturatedScales };
}

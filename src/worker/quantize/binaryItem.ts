import type { BinaryQuantizer } from '../../core/quantizers/quantizer.ts';
import { openRows } from '../rows/openRows.ts';
import { runBinaryPass } from './binaryPass.ts';
import { planBinary } from './binaryPlan.ts';
import { type ItemPass, openRuns, type PassResult } from './itemPass.ts';

/** The pass of sign planes. @throws Failure `tensor/rows-too-long`, `file/*`, `save/*` */
export async function runBinary(pass: ItemPass, quantizer: BinaryQuantizer): Promise<PassResult> {
  const { scope, item, openSink, largest } = pass;
  const { source, rows, roundTo, sums: wanted } = item;
  scope.arena.reset();
  const { inputs } = source.view;
  const plan = planBinary(scope, source, quantizer, rows);
  const reader = openRows(scope, source, rows, plan.tiles, { largest });
  const runs = openRuns(scope, item, plan.tiles);
  const sink = openSink(plan.tiles, plan.grid);
  const notes = await runBinaryPass(scope, {
    quantizer,
    proposals: item.proposals ?? null,
    roundTo,
    wanted,
    plan,
    rows,
    inputs,
    reader,
    runs,
    sink,
  });
  sink.finish?.();
  return { ...runs.finish(), ...notes };
}

import { addSums, EMPTY_SUMS } from '../../core/metrics/addSums.ts';
import { figuresOf } from '../../core/metrics/deriveFigures.ts';
import { modelOfPlan } from '../../core/recipes/modelOfPlan.ts';
import type { MeasureDocument } from '../../protocol/documents.ts';
import type { Measurement } from '../../session/api.ts';
import type { Command } from '../command.ts';
import { errorTable, problemLines, totalFacts } from '../errorTable.ts';
import { EXIT } from '../exitCode.ts';
import { FORMAT_FLAGS, GENERAL_FLAGS, QUANTIZER_FLAGS, SELECTION_FLAGS, THREAD_FLAGS } from '../flags/flagTable.ts';
import { foldModules } from '../modulePaths.ts';
import { planRequestOf } from '../planFromFlags.ts';
import { labelled } from '../terminal/textTable.ts';
import { tellWholeCheckpoint, withSession } from '../withSession.ts';

/** The error that a quantizer would make, without writing anything. */
export const measure: Command = {
  name: 'measure',
  summary: 'Measure the error of a quantizer on every tensor, without writing',
  operands: ['FILE'],
  details: [
    'Figures are of what a loader would compute from the saved bytes: with scales as stored, and with --format as its loader rounds.',
  ],
  flagGroups: [QUANTIZER_FLAGS, SELECTION_FLAGS, FORMAT_FLAGS, THREAD_FLAGS, GENERAL_FLAGS],
  examples: [
    'loupe measure model.safetensors --quantizer rtn --bits 4 --group-size 128',
    "loupe measure models/gpt2 --quantizer absmax --bits 8 --include '*.c_attn.weight'",
    'loupe measure models/llama --recipe mixed.loupe.json --format compressed-tensors --json',
  ],
  async run(values, context) {
    const request = await planRequestOf(values);
    const [path = ''] = values.positionals;
    return withSession(path, values, context, async (session) => {
      tellWholeCheckpoint(session, context);
      const plan = request.resolve(session.model);
      const { format, dtype, nonFinite } = request;
      const options = { format: format?.id ?? null, dtype, nonFinite, distances: true, ...context.hooks() } as const;
      const measurement = await session.measure(plan, options);
      const document: MeasureDocument = {
        schema: 'loupe/measure/1',
        path,
        format: format?.id ?? null,
        tensors: measurement.tensors,
        modules: modulesOf(measurement),
        totals: measurement.totals,
        problems: format?.check(modelOfPlan(session.model, plan), plan) ?? [],
        run: context.runInfo(session),
      };
      context.print(document, () => [
        ...errorTable(document.tensors, context.text),
        '',
        ...labelled(totalFacts(document.tensors, document.totals, context.text)),
        ...problemLines(document.problems),
        context.runLine(document.run),
      ]);
      return EXIT.done;
    });
  },
};

/** Errors of every module that holds a quantized tensor, from summed errors and energies. */
function modulesOf({ tensors, sums }: Measurement): MeasureDocument['modules'] {
  const quantized = tensors.filter(({ quantizer }) => quantizer !== null);
  const modules = foldModules(quantized, EMPTY_SUMS, (sum, { name }) => addSums(sum, sums.get(name) ?? EMPTY_SUMS));
  return Array.from(modules, ([path, sum]) => ({ path, figures: figuresOf(sum) }));
}

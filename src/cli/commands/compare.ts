import { type FailureCode, isFailure } from '../../core/failure.ts';
import type { PackedFormat } from '../../core/formats/format.ts';
import { packedFormatOf } from '../../core/formats/registry.ts';
import { paretoFront } from '../../core/metrics/paretoFront.ts';
import { COMPARISON_SET } from '../../core/quantizers/comparisonSet.ts';
import { describeQuantizer } from '../../core/quantizers/describeQuantizer.ts';
import type { QuantizerSpec } from '../../core/quantizers/quantizer.ts';
import { specToJson } from '../../core/quantizers/quantizerJson.ts';
import { presetOf, resolveQuantizer } from '../../core/quantizers/resolveQuantizer.ts';
import { recipeFromFlags } from '../../core/recipes/recipeFromFlags.ts';
import { resolvePlan } from '../../core/recipes/resolvePlan.ts';
import type { FigureText } from '../../core/text/figureText.ts';
import { csvRow } from '../../core/text/plainNumber.ts';
import type { CompareDocument, ComparedQuantizer } from '../../protocol/documents.ts';
import type { SessionApi } from '../../session/api.ts';
import type { Command } from '../command.ts';
import type { CommandContext } from '../commandContext.ts';
import { EXIT } from '../exitCode.ts';
import { COMPARE_FLAGS, GENERAL_FLAGS, SELECTION_FLAGS, THREAD_FLAGS } from '../flags/flagTable.ts';
import type { FlagValues } from '../flags/flagValues.ts';
import { readKinds } from '../planFromFlags.ts';
import { type Column, textTable } from '../terminal/textTable.ts';
import { tellWholeCheckpoint, withSession } from '../withSession.ts';

/** Every published method over the same weights, by bits and error. */
export const compare: Command = {
  name: 'compare',
  summary: 'Compare quantizers on the same weights: bits per weight against SQNR',
  operands: ['FILE'],
  details: [
    'Quantizers are measured one after the other over the linear weights, or those that --include and --kind choose. A star marks the Pareto front: no other reaches a higher SQNR at no more than 0.05 bits extra.',
  ],
  flagGroups: [COMPARE_FLAGS, SELECTION_FLAGS, THREAD_FLAGS, GENERAL_FLAGS],
  examples: [
    'loupe compare model.safetensors',
    "loupe compare models/gpt2 --include '*.c_attn.weight' --quantizers absmax,nf4,hqq",
    'loupe compare models/llama --csv > comparison.csv',
  ],
  async run(values, context) {
    const specs = wantedSpecs(values);
    const formatId = values.text('format');
    const format = formatId === null ? null : packedFormatOf(formatId);
    const [path = ''] = values.positionals;
    return withSession(path, values, context, async (session) => {
      tellWholeCheckpoint(session, context);
      const measured: Omit<ComparedQuantizer, 'on_front'>[] = [];
      for (const spec of specs) {
        measured.push(await measureOne(session, spec, values, format, context));
      }
      const document: CompareDocument = {
        schema: 'loupe/compare/1',
        path,
        format: format?.id ?? null,
        quantizers: withFront(measured),
        run: context.runInfo(session),
      };
      context.print(document, () =>
        values.has('csv') ? csvLines(document) : [...table(document, context.text), context.runLine(document.run)],
      );
      return EXIT.done;
    });
  },
};

/** @throws Failure `quantizer/unknown` */
function wantedSpecs(values: FlagValues): readonly QuantizerSpec[] {
  const text = values.text('quantizers');
  if (text === null) return COMPARISON_SET;
  const ids = text.split(',').map((id) => presetOf(id.trim()).id);
  return ids.flatMap((id) => {
    const found = COMPARISON_SET.filter((spec) => spec.id === id);
    return found.length > 0 ? found : [{ id }];
  });
}

/** What keeps one quantizer from these weights and not the next. */
const REFUSALS: ReadonlySet<FailureCode> = new Set([
  'quantizer/bad-parameter',
  'tensor/rows-too-long',
  'format/refuses',
]);

/** A quantizer that cannot take these weights is a row that says why; what else goes wrong ends the command. */
async function measureOne(
  session: SessionApi,
  spec: QuantizerSpec,
  values: FlagValues,
  format: PackedFormat | null,
  context: CommandContext,
): Promise<Omit<ComparedQuantizer, 'on_front'>> {
  const kinds = readKinds(values);
  const selection = { include: values.list('include'), exclude: values.list('exclude') };
  // Casts are for every floating tensor by themselves: here all are measured on the same weights.
  const recipe = recipeFromFlags({ spec, ...selection, kinds: kinds.length > 0 ? kinds : ['linear'] }, session.model);
  const nonFinite = values.choice('non-finite', ['refuse', 'clamp']) ?? 'refuse';
  const quantizer = resolveQuantizer(spec, format?.defaults(session.model, spec.id) ?? null);
  const row = { quantizer: describeQuantizer(quantizer), spec: specToJson(spec) };
  const nothing = { bits_per_weight: null, stored_bytes: null, figures: null };
  try {
    const plan = resolvePlan(session.model, recipe, format);
    const names = plan.decisions.flatMap((decision) => (decision.quantizer === null ? [] : [decision.tensor]));
    const options = { format: format?.id ?? null, nonFinite, names, sums: 'full', ...context.hooks() } as const;
    const { totals } = await session.measure(plan, options);
    const found = { bits_per_weight: totals.quantized_bits_per_weight, stored_bytes: totals.stored_bytes };
    return { ...row, ...found, figures: totals.quantized, why: null };
  } catch (error) {
    if (!isFailure(error) || !REFUSALS.has(error.code)) throw error;
    return { ...row, ...nothing, why: error.message };
  }
}

function withFront(measured: readonly Omit<ComparedQuantizer, 'on_front'>[]): readonly ComparedQuantizer[] {
  const points = measured.flatMap((row) => {
    const { bits_per_weight: bits, figures } = row;
    if (bits === null || figures === null || (figures.sqnrDb === null && !figures.exact)) return [];
    return [{ row, bits, sqnrDb: figures.sqnrDb ?? Number.POSITIVE_INFINITY }];
  });
  const front = new Set(paretoFront(points).map(({ row }) => row));
  return measured.map((row) => ({ ...row, on_front: front.has(row) }));
}

function table({ quantizers }: CompareDocument, text: FigureText): string[] {
  const columns: Column<ComparedQuantizer>[] = [
    { title: '', align: 'left', cell: ({ on_front }) => (on_front ? '*' : '') },
    { title: 'Quantizer', align: 'left', cell: ({ quantizer }) => quantizer },
    { title: 'Bits/w', align: 'right', cell: ({ bits_per_weight }) => text.bits(bits_per_weight) },
    { title: 'SQNR dB', align: 'right', cell: ({ figures }) => (figures === null ? '-' : text.decibels(figures)) },
    { title: 'MSE', align: 'right', cell: ({ figures }) => text.meanSquaredError(figures?.meanSquaredError ?? null) },
    { title: 'max |diff|', align: 'right', cell: ({ figures }) => text.value(figures?.maxError ?? null, 3) },
    { title: 'Cosine', align: 'right', cell: ({ figures }) => text.cosine(figures?.cosine ?? null) },
    { title: 'Size', align: 'right', cell: ({ stored_bytes }) => text.bytes(stored_bytes) },
  ];
  const notes = quantizers.flatMap(({ quantizer, why }) => (why === null ? [] : [`${quantizer}: ${why}`]));
  return [...textTable(columns, quantizers), ...notes];
}

function csvLines({ quantizers }: CompareDocument): string[] {
  const head = [
    'quantizer',
    'on_front',
    'bits_per_weight',
    'sqnr_db',
    'mean_squared_error',
    'max_error',
    'cosine',
    'stored_bytes',
  ];
  const rows = quantizers.map(({ quantizer, on_front, bits_per_weight, figures, stored_bytes }) => [
    quantizer,
    on_front ? 1 : 0,
    bits_per_weight,
    figures?.sqnrDb ?? null,
    figures?.meanSquaredError ?? null,
    figures?.maxError ?? null,
    figures?.cosine ?? null,
    stored_bytes,
  ]);
  return [head, ...rows].map(csvRow);
}

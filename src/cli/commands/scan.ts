import type { ModelTensor } from '../../core/model/model.ts';
import { type Histogram, histogramOf } from '../../core/stats/histogram.ts';
import { quantileOf } from '../../core/stats/quantile.ts';
import { sortedValuesOf } from '../../core/stats/sortedValues.ts';
import { SUMMARY_QUANTILES, type TensorSummary, type ValueTable } from '../../core/stats/summary.ts';
import { TableTotals } from '../../core/stats/tableTotals.ts';
import type { FigureText } from '../../core/text/figureText.ts';
import type { ScanDocument } from '../../protocol/documents.ts';
import type { SessionApi } from '../../session/api.ts';
import type { Command } from '../command.ts';
import type { CommandContext } from '../commandContext.ts';
import { EXIT } from '../exitCode.ts';
import { GENERAL_FLAGS, HISTOGRAM_FLAGS, TENSOR_FLAGS, THREAD_FLAGS } from '../flags/flagTable.ts';
import type { FlagValues } from '../flags/flagValues.ts';
import { selectTensors } from '../selectTensors.ts';
import { histogramText } from '../terminal/histogramText.ts';
import { type Column, labelled, textTable } from '../terminal/textTable.ts';
import { withSession } from '../withSession.ts';

const DEFAULT_BINS = 24;
const MOST_BINS = 10_000;
/** More bins than this are for `--json`. */
const MOST_DRAWN_BINS = 200;
/** What the default range leaves out on each side, in percent. */
const LEFT_OUT_PERCENT = 0.1;

interface ScannedTensor {
  readonly tensor: ModelTensor;
  readonly summary: TensorSummary;
}

/** Statistics and a histogram, from one read of the weights. */
export const scan: Command = {
  name: 'scan',
  summary: 'Show statistics and a histogram of the weights',
  operands: ['FILE'],
  details: [
    'Reads every weight of the chosen tensors once. Figures marked ~ are estimates from the upper half of each F32. The histogram is of the floating parameters among them.',
  ],
  flagGroups: [TENSOR_FLAGS, HISTOGRAM_FLAGS, THREAD_FLAGS, GENERAL_FLAGS],
  examples: [
    "loupe scan model.safetensors --tensor 'model.layers.0.*'",
    'loupe scan model.safetensors --tensor lm_head.weight --bins 40 --range -0.1,0.1 --log',
    'loupe scan models/llama --json > statistics.json',
  ],
  async run(values, context) {
    const bins = values.wholeNumber('bins', 1, MOST_BINS) ?? DEFAULT_BINS;
    const range = values.range('range');
    const [path = ''] = values.positionals;
    return withSession(path, values, context, async (session) => {
      const tensors = selectTensors(session.model, values.list('tensor'));
      const { scanned, tables } = await scanTensors(session, tensors, context);
      const histogram = histogramOfTables(tables, range, bins);
      const document: ScanDocument = {
        schema: 'loupe/scan/1',
        path,
        tensors: scanned.map(({ tensor: { dtype, shape }, summary }) => ({ ...summary, dtype, shape })),
        histogram: histogram === null ? null : { ...histogram, counts: Array.from(histogram.counts) },
        run: context.runInfo(session),
      };
      const unread = tensors.length - scanned.length;
      if (unread > 0) context.tell(`${unread} tensors are of dtypes that have no statistics.`);
      context.print(document, () => [
        ...statisticsLines(scanned, context.text),
        ...(histogram === null ? [] : ['', ...histogramLines(histogram, tables, values, context)]),
        '',
        context.runLine(document.run),
      ]);
      return EXIT.done;
    });
  },
};

async function scanTensors(
  session: SessionApi,
  tensors: readonly ModelTensor[],
  context: CommandContext,
): Promise<{ readonly scanned: readonly ScannedTensor[]; readonly tables: readonly ValueTable[] }> {
  const hasParameters = tensors.some(({ isParameter }) => isParameter);
  const counted = new Set(tensors.filter(({ isParameter }) => isParameter || !hasParameters).map(({ name }) => name));
  const totals = new TableTotals();
  await session.scan({
    names: tensors.map(({ name }) => name),
    onTable: (name, table) => {
      if (counted.has(name)) totals.add(table);
    },
    ...context.hooks(),
  });
  const scanned = tensors.flatMap((tensor) => {
    const summary = session.summaries.get(tensor.name);
    return summary === undefined ? [] : [{ tensor, summary }];
  });
  return { scanned, tables: totals.tables() };
}

/** All tables over one range, a single bin where that is a single value; by default the widest of the ranges that hold 99.8 % of each kind of values. */
function histogramOfTables(
  tables: readonly ValueTable[],
  range: FlagRange | null,
  wantedBins: number,
): Histogram | null {
  const sorted = tables.map(sortedValuesOf).filter(({ count }) => count > 0);
  if (sorted.length === 0) return null;
  const low = range?.low ?? Math.min(...sorted.map((values) => quantileOf(values, LEFT_OUT_PERCENT)!));
  const high = range?.high ?? Math.max(...sorted.map((values) => quantileOf(values, 100 - LEFT_OUT_PERCENT)!));
  const bins = low === high ? 1 : wantedBins;
  const parts = sorted.map((values) => histogramOf(values, low, high, bins));
  return {
    low,
    high,
    counts: Float64Array.from({ length: bins }, (_, bin) => parts.reduce((sum, { counts }) => sum + counts[bin]!, 0)),
    below: parts.reduce((sum, { below }) => sum + below, 0),
    above: parts.reduce((sum, { above }) => sum + above, 0),
  };
}

type FlagRange = NonNullable<ReturnType<FlagValues['range']>>;

function histogramLines(
  histogram: Histogram,
  tables: readonly ValueTable[],
  values: FlagValues,
  { text, columns }: CommandContext,
): string[] {
  if (histogram.counts.length > MOST_DRAWN_BINS)
    return [`More than ${MOST_DRAWN_BINS} bins are not drawn: use --json.`];
  const isEstimate = tables.some(({ kind }) => kind === 'F32-high');
  const weights = histogram.counts.reduce((sum, count) => sum + count, histogram.below + histogram.above);
  const bars = histogramText(histogram, {
    width: Math.max(20, columns - 36),
    isLog: values.has('log'),
    edge: (value) => text.value(value),
    count: (count) => (isEstimate ? text.estimated(text.count(count)) : text.count(count)),
  });
  return [
    `histogram of ${text.count(Math.round(weights))} weights${values.has('log') ? ', logarithmic' : ''}`,
    ...bars,
  ];
}

function statisticsLines(scanned: readonly ScannedTensor[], text: FigureText): string[] {
  const [only] = scanned;
  return only !== undefined && scanned.length === 1
    ? labelled(detailsOf(only, text))
    : textTable(columnsOf(scanned, text), scanned);
}

function columnsOf(scanned: readonly ScannedTensor[], text: FigureText): Column<ScannedTensor>[] {
  const number = (title: string, pick: (summary: TensorSummary) => number | null): Column<ScannedTensor> => ({
    title,
    align: 'right',
    cell: ({ summary }) => text.value(pick(summary)),
  });
  const count = (title: string, pick: (summary: TensorSummary) => number): Column<ScannedTensor> => ({
    title,
    align: 'right',
    cell: ({ summary }) => text.count(pick(summary)),
  });
  const hasNonFinite = scanned.some(({ summary }) => summary.nans + summary.infinities > 0);
  return [
    { title: 'Tensor', align: 'left', cell: ({ tensor }) => tensor.name },
    { title: 'Dtype', align: 'left', cell: ({ tensor }) => tensor.dtype },
    count('Count', (summary) => summary.count),
    count('Zeros', (summary) => summary.zeros),
    ...(hasNonFinite ? [count('NaN', ({ nans }) => nans), count('Inf', ({ infinities }) => infinities)] : []),
    number('Min', ({ min }) => min),
    number('Max', ({ max }) => max),
    number('Mean', ({ mean }) => mean),
    number('Std', ({ standardDeviation }) => standardDeviation),
    number('max/std', ({ maxOverSigma }) => maxOverSigma),
    number('Kurtosis', ({ kurtosis }) => kurtosis),
  ];
}

function detailsOf({ tensor, summary }: ScannedTensor, text: FigureText): [string, string][] {
  const mark = (value: string): string => (summary.estimated ? text.estimated(value) : value);
  const quantiles = SUMMARY_QUANTILES.map((percent, index): [string, string] => [
    `${percent} %`,
    mark(text.value(summary.quantiles[index] ?? null)),
  ]);
  const first = summary.firstNonFinite === null ? '' : `, the first at index ${text.count(summary.firstNonFinite)}`;
  return [
    ['tensor', tensor.name],
    ['dtype', `${tensor.dtype} ${text.shape(tensor.shape)}${tensor.packing === null ? '' : `, ${tensor.packing}`}`],
    ['count', text.count(summary.count)],
    ['zeros', text.count(summary.zeros)],
    ['NaN, Inf', `${text.count(summary.nans)}, ${text.count(summary.infinities)}${first}`],
    ['min, max', `${text.value(summary.min)}, ${text.value(summary.max)}`],
    ['mean', text.value(summary.mean)],
    ['std', text.value(summary.standardDeviation)],
    ['max/std', text.value(summary.maxOverSigma)],
    ['skewness', text.value(summary.skewness)],
    ['kurtosis', `${text.value(summary.kurtosis)} (excess)`],
    ['distinct', `${text.count(summary.distinct)} bit patterns${summary.estimated ? ' of the upper half' : ''}`],
    ...quantiles,
  ];
}

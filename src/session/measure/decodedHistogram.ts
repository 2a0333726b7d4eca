import { addSums, EMPTY_SUMS } from '../../core/metrics/addSums.ts';
import { figuresOf } from '../../core/metrics/deriveFigures.ts';
import type { Plan } from '../../core/recipes/recipe.ts';
import type { DecodedHistogramItem } from '../../protocol/worker.ts';
import type { DecodedHistogram, SessionApi } from '../api.ts';
import { chunksOfTensors, inReadingOrder } from '../batching/batches.ts';
import { ProgressMeter } from '../batching/progressMeter.ts';
import { runBatches } from '../batching/runBatches.ts';
import type { SessionContext } from '../sessionContext.ts';
import { layoutsOf } from './layouts.ts';
import { measure } from './measure.ts';
import { searchesOf } from './searchesOf.ts';
import { settlePlan } from './settlePlan.ts';

type HistogramOptions = Parameters<SessionApi['decodedHistogram']>[1];

/**
 * Counts of x and x' over equal bins, by a pass over the quantized ones among the tensors, and their error together.
 * Counts are whole numbers, so the order in which chunks arrive does not matter.
 */
export async function decodedHistogram(
  context: SessionContext,
  asked: Plan,
  options: HistogramOptions,
): Promise<DecodedHistogram> {
  const { names, format, bins, low, high, stop, onProgress } = options;
  const plan = await settlePlan(context, asked, { names, stop, onProgress, nonFinite: 'clamp' });
  const wanted = names === null ? null : new Set(names);
  const work = layoutsOf(context, plan, { format, dtype: null })
    .filter(({ tensor, quantizer }) => quantizer !== null && (wanted?.has(tensor.name) ?? true))
    .map(({ tensor, quantizer, roundTo }) => ({ tensor, quantizer, roundTo, targets: [] }));
  // One tensor is looked at closely.
  const found = work.map(({ tensor }) => tensor.name);
  const measurement = await measure(context, plan, { ...options, names: found, distances: found.length === 1 });
  const bytes = work.reduce((sum, { tensor }) => sum + tensor.storedBytes, 0);
  const meter = new ProgressMeter('measure', { bytes, tensors: work.length }, onProgress);
  const ranges = await searchesOf(context, { work, meter, stop, nonFinite: 'clamp' });
  const workOf = new Map(work.map((each) => [each.tensor.name, each]));
  const original = new Float64Array(bins);
  const decoded = new Float64Array(bins);
  let [below, above] = [0, 0];
  await runBatches(context.pool, {
    kind: 'tensor/decoded-histogram',
    chunks: chunksOfTensors(inReadingOrder(work.map(({ tensor }) => tensor))),
    itemOf: ({ tensor, rows }, item): DecodedHistogramItem => {
      const { quantizer, roundTo, targets } = workOf.get(tensor.name)!;
      const search = ranges.get(tensor.name) ?? null;
      const common = { item, source: tensor.source, rows, quantizer, roundTo, search, targets };
      return { ...common, nonFinite: 'clamp', sums: 'basic', bins, low, high };
    },
    onResult: (_chunk, result) => {
      addCounts(original, result.originalCounts);
      addCounts(decoded, result.counts);
      below += result.below;
      above += result.above;
    },
    meter,
    stop,
  });
  const measured = work.map(({ tensor }) => measurement.sums.get(tensor.name)!);
  // A sum of several has no details, such as a worst channel; one tensor keeps its own.
  const sums = measured.length === 1 ? measured[0]! : measured.reduce(addSums, EMPTY_SUMS);
  return { low, high, original, decoded, below, above, figures: figuresOf(sums) };
}

function addCounts(total: Float64Array, counts: Float64Array): void {
  for (let bin = 0; bin < total.length; bin++) total[bin]! += counts[bin]!;
}

import type { ModelTensor } from '../../core/model/model.ts';
import type { ClipRule } from '../../core/quantizers/clipRule.ts';
import type { Quantizer, RangeRule } from '../../core/quantizers/quantizer.ts';
import { searchKindOf } from '../../core/quantizers/searchKind.ts';
import type { TensorRange, TensorSearch } from '../../core/quantizers/tensorSearch.ts';
import { patternValuesOf } from '../../core/stats/patternValues.ts';
import type { ValueTable } from '../../core/stats/summary.ts';
import type { RangeResult } from '../../protocol/worker.ts';
import { chunksOfTensors, inReadingOrder } from '../batching/batches.ts';
import { ChunkFolder } from '../batching/chunkFolder.ts';
import { runBatches } from '../batching/runBatches.ts';
import { roundsByGpu } from '../gpu/gpuProposals.ts';
import { exactSummary, type SessionContext } from '../sessionContext.ts';
import type { QuantizeJob, QuantizeWork } from './quantizeJob.ts';

export type SearchJob = Pick<QuantizeJob, 'work' | 'meter' | 'stop' | 'urgent' | 'nonFinite' | 'details'>;

/**
 * What the quantizers have to know of whole tensors: a plain range from the scan where that is exact, else by a pass over
 * its chunks; everything else by a search of one worker, from the value table where the session still has it.
 */
export async function searchesOf(context: SessionContext, job: SearchJob): Promise<ReadonlyMap<string, TensorSearch>> {
  const ranges = new Map<string, TensorSearch>();
  const unknown: QuantizeWork[] = [];
  const searched: QuantizeWork[] = [];
  for (const work of job.work) {
    const { quantizer, tensor } = work;
    const kind = quantizer === null || tensor.elements === 0 ? null : searchKindOf(quantizer);
    if (kind === null || quantizer === null) continue;
    if (kind !== 'range' || clipOf(quantizer) !== null) {
      searched.push(work);
      continue;
    }
    const rule = quantizer.family === 'affine' ? quantizer.range : 'max-magnitude';
    const known = rangeFromScan(context, tensor.name, rule);
    if (known === null) unknown.push(work);
    else ranges.set(tensor.name, known);
  }
  const left = await withoutRoundsOfGpu(context, job, searched, ranges);
  if (unknown.length > 0) await measureRanges(context, job, unknown, ranges);
  if (left.length > 0) await search(context, job, left, ranges);
  return ranges;
}

/** Rounds of HQQ's solver are counted by a GPU where there is one. @returns what is left to search */
async function withoutRoundsOfGpu(
  { gpu }: SessionContext,
  job: SearchJob,
  works: readonly QuantizeWork[],
  searches: Map<string, TensorSearch>,
): Promise<readonly QuantizeWork[]> {
  if (gpu === null) return works;
  const left: QuantizeWork[] = [];
  for (const work of works) {
    const rounds = await roundsByGpu(gpu, work.tensor, work.quantizer as Quantizer, job);
    if (rounds === null) left.push(work);
    else searches.set(work.tensor.name, { kind: 'rounds', rounds });
  }
  return left;
}

function clipOf(quantizer: Quantizer): ClipRule | null {
  return (quantizer.family === 'affine' ? quantizer.clip : undefined) ?? null;
}

async function search(
  context: SessionContext,
  job: SearchJob,
  works: readonly QuantizeWork[],
  searches: Map<string, TensorSearch>,
): Promise<void> {
  const quantizerOf = new Map(works.map(({ tensor, quantizer }) => [tensor.name, quantizer as Quantizer]));
  const chunks = inReadingOrder(works.map(({ tensor }) => tensor)).map((tensor) => {
    // Whole tensors: what is looked for is one thing of the tensor, and a worker folds it in its order.
    const rows = { start: 0, end: tensor.view.channels };
    const table = isOfValues(quantizerOf.get(tensor.name)!) ? exactTable(context, tensor.name) : null;
    const bytes = table === null ? tensor.storedBytes : 0;
    return { tensor, rows, index: 0, count: 1, bytes };
  });
  // Its bytes come on top of the pass that quantizes.
  job.meter.extend(
    chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
    0,
  );
  await runBatches(context.pool, {
    kind: 'tensor/search',
    chunks,
    itemOf: ({ tensor, rows }, item) => ({
      item,
      source: tensor.source,
      rows,
      quantizer: quantizerOf.get(tensor.name)!,
      table: exactTable(context, tensor.name),
      nonFinite: job.nonFinite,
      bound: job.details?.errors === true,
    }),
    onResult: ({ tensor }, result) => {
      searches.set(tensor.name, result.search);
    },
    meter: job.meter,
    stop: job.stop,
    urgent: job.urgent ?? false,
  });
}

/** True for what a value table tells; the others are searched in the order of the weights. */
function isOfValues(quantizer: Quantizer): boolean {
  const kind = searchKindOf(quantizer);
  return kind === 'range' || kind === 'levels' || kind === 'fraction';
}

/** What the session has of a tensor's values, if it is all of them: tables of F32 hold intervals. */
function exactTable({ tables }: SessionContext, name: string): ValueTable | null {
  const table = tables.get(name);
  return table === null || patternValuesOf(table.kind).isInterval ? null : table;
}

/** Extremes of a scan are exact for every dtype; which of two equal magnitudes comes first only a pass can tell. */
function rangeFromScan(context: SessionContext, name: string, rule: RangeRule): TensorRange | null {
  const summary = exactSummary(context, name);
  if (summary === null || summary.min === null || summary.max === null) return null;
  // Values that are not finite are refused or clamped by the worker, which then defines the range.
  if (summary.nans > 0 || summary.infinities > 0) return null;
  const { min, max } = summary;
  if (rule === 'signed-extreme' && max === -min && max !== 0) return null;
  return { kind: 'range', min, max, signedExtreme: -min > max ? min : max };
}

/** Ranges by a pass, which comes on top of the job's own. */
export async function measureRanges(
  context: SessionContext,
  job: SearchJob,
  unknown: readonly { readonly tensor: ModelTensor }[],
  ranges: Map<string, TensorSearch>,
): Promise<void> {
  const chunks = chunksOfTensors(inReadingOrder(unknown.map(({ tensor }) => tensor)));
  const folder = new ChunkFolder<RangeResult, RangeResult | null>(() => null, mergeRanges);
  // Its bytes come on top of the pass that quantizes.
  job.meter.extend(
    chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
    0,
  );
  await runBatches(context.pool, {
    kind: 'tensor/range',
    chunks,
    itemOf: ({ tensor, rows }, item) => ({ item, source: tensor.source, rows }),
    onResult: (chunk, result) => {
      const range = folder.add(chunk, result);
      if (range !== null) ranges.set(chunk.tensor.name, { kind: 'range', ...range });
    },
    meter: job.meter,
    stop: job.stop,
    urgent: job.urgent ?? false,
  });
}

/** `b` follows `a`: of equal magnitudes the first one counts. */
export function mergeRanges(a: RangeResult | null, b: RangeResult): RangeResult {
  if (a === null) return b;
  return {
    item: a.item,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    signedExtreme: Math.abs(b.signedExtreme) > Math.abs(a.signedExtreme) ? b.signedExtreme : a.signedExtreme,
  };
}

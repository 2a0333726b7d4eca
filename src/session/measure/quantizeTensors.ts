import { DetailTotals, type ErrorDetails } from '../../core/metrics/errorDetails.ts';
import type { ErrorSums } from '../../core/metrics/figures.ts';
import type { SumsWanted } from '../../core/metrics/runRecord.ts';
import type { ModelTensor } from '../../core/model/model.ts';
import { chunkStepOf } from '../../core/quantizers/chunkStep.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import type { TensorSearch } from '../../core/quantizers/tensorSearch.ts';
import type { DetailsWanted, PartTarget, QuantizeItem, QuantizeResult } from '../../protocol/worker.ts';
import { GpuProposals } from '../gpu/gpuProposals.ts';
import type { SessionContext } from '../sessionContext.ts';
import { type Batch, type Chunk, chunksOfTensors, inReadingOrder } from '../work/batches.ts';
import { ChunkFolder } from '../work/chunkFolder.ts';
import type { ProgressMeter } from '../work/progressMeter.ts';
import { runBatches } from '../work/runBatches.ts';
import { RunTotals } from '../work/runTotals.ts';
import type { DetailRanges } from './detailRanges.ts';
import { searchesOf } from './searchesOf.ts';

/** One tensor to quantize, in memory or into a file. */
export interface QuantizeWork {
  readonly tensor: ModelTensor;
  /** Null copies the source bytes. */
  readonly quantizer: Quantizer | null;
  readonly roundTo: 'BF16' | 'F16' | null;
  /** Where its parts go; empty to measure only. */
  readonly targets: readonly PartTarget[];
}

export interface QuantizeJob {
  readonly work: readonly QuantizeWork[];
  /** Keep the order given; else the order of the bytes on the disk. */
  readonly inOrderGiven: boolean;
  readonly wanted: SumsWanted;
  /** What to look at beside the sums; `ranges` as in `detailRangesOf`. */
  readonly details?: { readonly codes: boolean; readonly errors: boolean; readonly ranges: DetailRanges };
  readonly nonFinite: 'refuse' | 'clamp';
  readonly meter: ProgressMeter;
  readonly stop?: AbortSignal | undefined;
  readonly urgent?: boolean;
  /** Called for each tensor as it is finished. */
  readonly onTensor: (name: string, quantized: QuantizedTensor) => void;
  readonly onBatch?: () => void;
  /** Called for each chunk as it is finished. */
  readonly onChunk?: (chunk: Chunk) => void;
}

interface Pending {
  readonly runs: RunTotals;
  readonly details: DetailTotals | null;
  readonly saturatedScales: number;
  readonly distantSlices: number;
}

export interface QuantizedTensor {
  readonly sums: ErrorSums;
  /** Scales that had to be clamped to their stored dtype's finite, non-zero values. */
  readonly saturatedScales: number;
  /** Slices so far from 0, in steps of their grid, that codes do not come back from what they decode to. */
  readonly distantSlices: number;
}

/**
 * Quantizes tensors chunk by chunk; the sums of a tensor are folded in run order, so they do not depend on threads or
 * chunks. A quantizer with one scale for the whole tensor gets its range first.
 * @throws Failure of a worker (`tensor/non-finite`, `file/changed`, `save/*`); AbortError
 */
export async function quantizeTensors(context: SessionContext, job: QuantizeJob): Promise<void> {
  const workOf = new Map(job.work.map((work) => [work.tensor.name, work]));
  const tensors = job.work.map(({ tensor }) => tensor);
  const ranges = await searchesOf(context, job);
  const folder = new ChunkFolder<QuantizeResult, Pending>(
    () => ({ runs: new RunTotals(), details: null, saturatedScales: 0, distantSlices: 0 }),
    ({ runs, details, saturatedScales, distantSlices }, result) => ({
      runs: runs.add(result),
      details: result.details == null ? details : (details ?? new DetailTotals()).add(result.details),
      saturatedScales: saturatedScales + result.saturatedScales,
      distantSlices: distantSlices + (result.distantSlices ?? 0),
    }),
  );
  const { gpu } = context;
  const quantizerOf = (name: string): Quantizer | null => workOf.get(name)!.quantizer;
  const proposals = gpu === null ? null : new GpuProposals(gpu, quantizerOf, ranges);
  await runBatches(context.pool, {
    kind: 'tensor/quantize',
    chunks: chunksOfTensors(job.inOrderGiven ? tensors : inReadingOrder(tensors), ({ name }) =>
      chunkStepOf(workOf.get(name)!.quantizer),
    ),
    ...(proposals === null ? {} : { before: (batch: Batch, stop: AbortSignal) => proposals.prepare(batch, stop) }),
    itemOf: (chunk, item): QuantizeItem => {
      const { tensor, rows } = chunk;
      const { quantizer, roundTo, targets } = workOf.get(tensor.name)!;
      const search = ranges.get(tensor.name) ?? null;
      const { wanted: sums, nonFinite } = job;
      const details = detailsOf(job, tensor.name);
      const found = proposals?.take(chunk) ?? null;
      const asked = {
        item,
        source: tensor.source,
        rows,
        quantizer,
        roundTo,
        search,
        nonFinite,
        sums,
        details,
        targets,
      };
      return found === null ? asked : { ...asked, proposals: found };
    },
    onResult: (chunk, result) => {
      job.onChunk?.(chunk);
      gpu?.countRefused(result.refusedProposals ?? 0);
      const totals = folder.add(chunk, result);
      if (totals === null) return;
      job.meter.finishTensors(1);
      const { runs, saturatedScales, distantSlices } = totals;
      const sums = runs.finish(chunk.tensor.elements, job.wanted);
      const details = withBound(totals.details?.finish(), ranges.get(chunk.tensor.name));
      job.onTensor(chunk.tensor.name, {
        sums: details === undefined ? sums : { ...sums, details },
        saturatedScales,
        distantSlices,
      });
    },
    ...(job.onBatch === undefined ? {} : { onBatch: job.onBatch }),
    meter: job.meter,
    stop: job.stop,
    urgent: job.urgent ?? false,
  });
}

function withBound(details: ErrorDetails | undefined, search: TensorSearch | undefined): ErrorDetails | undefined {
  if (details === undefined || search?.kind !== 'levels' || search.bound === undefined) return details;
  return { ...details, codebookBound: search.bound };
}

function detailsOf({ details }: QuantizeJob, name: string): DetailsWanted | null {
  if (details === undefined) return null;
  const { codes, errors, ranges } = details;
  return { codes, errors, range: ranges.get(name) ?? null };
}

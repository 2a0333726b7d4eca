import { DetailTotals, type ErrorDetails } from '../../core/metrics/errorDetails.ts';
import { chunkStepOf } from '../../core/quantizers/chunkStep.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import { slicesPerRow } from '../../core/quantizers/sliceSearch.ts';
import type { TensorSearch } from '../../core/quantizers/tensorSearch.ts';
import type { DetailsWanted, QuantizeItem, QuantizeResult } from '../../protocol/worker.ts';
import { type Batch, chunksOfTensors, inReadingOrder } from '../batching/batches.ts';
import { ChunkFolder } from '../batching/chunkFolder.ts';
import { runBatches } from '../batching/runBatches.ts';
import { RunTotals } from '../batching/runTotals.ts';
import { GpuProposals } from '../gpu/gpuProposals.ts';
import type { SessionContext } from '../sessionContext.ts';
import type { QuantizeJob } from './quantizeJob.ts';
import { searchesOf } from './searchesOf.ts';

interface Pending {
  readonly runs: RunTotals;
  readonly details: DetailTotals | null;
  readonly saturatedScales: number;
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
      const { tensor, rows } = chunk;
      if (result.refusedProposals !== undefined) {
        const perRow = slicesPerRow(quantizerOf(tensor.name)!, tensor.view.inputs);
        gpu?.countProposals(perRow * (rows.end - rows.start), result.refusedProposals);
      }
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

import { DetailTotals } from '../../core/metrics/errorDetails.ts';
import type { ErrorSums } from '../../core/metrics/figures.ts';
import type { ModelTensor, View2D } from '../../core/model/model.ts';
import type { VerifyItem, VerifyResult } from '../../protocol/worker.ts';
import { chunksOfTensors, inReadingOrder } from '../batching/batches.ts';
import { ChunkFolder } from '../batching/chunkFolder.ts';
import type { ProgressMeter } from '../batching/progressMeter.ts';
import { runBatches } from '../batching/runBatches.ts';
import { RunTotals } from '../batching/runTotals.ts';
import type { DetailRanges } from '../measure/quantizeJob.ts';
import type { KernelPool } from '../pool/kernelPool.ts';

/** A tensor and what was saved of it. */
export interface Pair {
  readonly original: ModelTensor;
  readonly saved: ModelTensor;
  /** The bytes should be those of the original. */
  readonly identical: boolean;
}

export interface Compared {
  /** Without energies where bytes were found equal. */
  readonly sums: ErrorSums;
  readonly identical: boolean;
}

export interface CompareJob {
  readonly pairs: readonly Pair[];
  readonly nonFinite: 'refuse' | 'clamp';
  /** Where given, errors are looked at beside the sums, as in `detailRangesOf`. */
  readonly detailRanges?: DetailRanges | null;
  readonly meter: ProgressMeter;
  readonly stop?: AbortSignal | undefined;
  readonly onTensor: (name: string, compared: Compared) => void;
}

interface Pending {
  readonly runs: RunTotals;
  readonly details: DetailTotals | null;
  /** Of all chunks so far. */
  readonly identical: boolean;
  /** Of any: equal bytes are not decoded, so such a chunk brings no energy. */
  readonly lacksEnergy: boolean;
}

/**
 * Compares tensors with what was saved of them, both decoded, in the order of summation of every other figure. Empty
 * tensors have nothing to compare.
 * @throws Failure of a worker; AbortError
 */
export async function comparePairs(pool: KernelPool, job: CompareJob): Promise<void> {
  const pairs = job.pairs.map(inOneView);
  const pairOf = new Map(pairs.map((pair) => [pair.original.name, pair]));
  const folder = new ChunkFolder<VerifyResult, Pending>(
    () => ({ runs: new RunTotals(), details: null, identical: true, lacksEnergy: false }),
    ({ runs, details, identical, lacksEnergy }, result, { tensor }) => ({
      runs: runs.add(result),
      details: result.details == null ? details : (details ?? new DetailTotals()).add(result.details),
      identical: identical && result.identical,
      lacksEnergy: lacksEnergy || (result.identical && pairOf.get(tensor.name)!.identical),
    }),
  );
  await runBatches(pool, {
    kind: 'tensor/verify',
    chunks: chunksOfTensors(inReadingOrder(pairs.map(({ original }) => original))),
    itemOf: ({ tensor, rows }, item): VerifyItem => {
      const { saved, identical } = pairOf.get(tensor.name)!;
      const { nonFinite, detailRanges = null } = job;
      const details =
        detailRanges === null || identical
          ? null
          : { codes: false, errors: true, range: detailRanges.get(tensor.name) ?? null };
      return { item, source: tensor.source, rows, saved: saved.source, identical, nonFinite, details };
    },
    onResult: (chunk, result) => {
      const compared = folder.add(chunk, result);
      if (compared === null) return;
      job.meter.finishTensors(1);
      const sums = compared.runs.finish(chunk.tensor.elements, 'full');
      const energies = compared.lacksEnergy ? { energy: null, decodedEnergy: null, dot: null } : {};
      const found = compared.details?.finish();
      const details = found === undefined ? {} : { details: found };
      job.onTensor(chunk.tensor.name, { sums: { ...sums, ...energies, ...details }, identical: compared.identical });
    },
    meter: job.meter,
    stop: job.stop,
  });
}

/**
 * The same numbers may be seen by other channels: a file by itself has no config.json to tell them, or a person chose the
 * axis. What is stored plainly is read as the other one is seen.
 */
function inOneView(pair: Pair): Pair {
  const { original, saved } = pair;
  if (original.view.transposed === saved.view.transposed && original.view.channels === saved.view.channels) return pair;
  if (saved.source.kind === 'raw') return { ...pair, saved: seenBy(saved, original.view) };
  if (original.source.kind === 'raw') return { ...pair, original: seenBy(original, saved.view) };
  return pair;
}

function seenBy(tensor: ModelTensor, view: View2D): ModelTensor {
  return { ...tensor, view, source: { ...tensor.source, view } };
}

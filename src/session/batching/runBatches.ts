import type { WorkerCallKind, WorkerCalls } from '../../protocol/worker.ts';
import { throwIfStopped } from '../pool/abort.ts';
import type { KernelPool } from '../pool/kernelPool.ts';
import { type Batch, batchBytesFor, type Chunk, takeBatch } from './batches.ts';
import type { ProgressMeter } from './progressMeter.ts';

/** Calls that carry items, one result an item. */
export type ItemCallKind = Extract<WorkerCallKind, `tensor/${string}`>;
export type ItemOf<K extends ItemCallKind> = WorkerCalls[K]['ask']['items'][number];
export type ResultOf<K extends ItemCallKind> = WorkerCalls[K]['answer']['results'][number];

export interface BatchJob<K extends ItemCallKind> {
  readonly kind: K;
  readonly chunks: readonly Chunk[];
  /** The question about a chunk; its `item` is its place in the batch. */
  readonly itemOf: (chunk: Chunk, item: number) => ItemOf<K>;
  /** Before a batch is asked about: its chunks may wait for something else than a worker. */
  readonly before?: (batch: Batch, stop: AbortSignal) => Promise<void>;
  readonly onResult: (chunk: Chunk, result: ResultOf<K>) => void;
  /** After the results of one call were handed over. */
  readonly onBatch?: () => void;
  readonly meter: ProgressMeter;
  readonly stop?: AbortSignal | undefined;
  readonly urgent?: boolean;
}

/**
 * Serves the chunks in their order, several calls at a time, so that no worker waits for the session. Results come in
 * any order. The first failure stops the other calls; it is thrown once they have let go of their files.
 * @throws Failure of a call; AbortError
 */
export async function runBatches<K extends ItemCallKind>(pool: KernelPool, job: BatchJob<K>): Promise<void> {
  throwIfStopped(job.stop);
  const chunks = [...job.chunks];
  const batchBytes = batchBytesFor(chunks, pool.size);
  const failed = new AbortController();
  const stop = job.stop === undefined ? failed.signal : AbortSignal.any([job.stop, failed.signal]);
  let failure: { readonly error: unknown } | null = null;

  const serve = async (): Promise<void> => {
    while (chunks.length > 0 && !stop.aborted) {
      try {
        await callBatch(pool, job, takeBatch(chunks, batchBytes), stop);
      } catch (error) {
        failure ??= { error };
        failed.abort();
      }
    }
  };
  // One call waits per worker while another is served: a worker that answers finds the next one at the door.
  await Promise.all(Array.from({ length: pool.size * 2 }, serve));
  throwIfStopped(job.stop);
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
  job.meter.reportNow();
}

async function callBatch<K extends ItemCallKind>(
  pool: KernelPool,
  job: BatchJob<K>,
  batch: Batch,
  stop: AbortSignal,
): Promise<void> {
  await job.before?.(batch, stop);
  throwIfStopped(stop);
  const metered = job.meter.begin(batch);
  const ask = { items: batch.map(job.itemOf) } as unknown as WorkerCalls[K]['ask'];
  const hooks = { stop, onProgress: metered.advance, urgent: job.urgent };
  try {
    const answer = await pool.call(job.kind, ask, hooks);
    for (const result of answer.results as readonly ResultOf<K>[]) job.onResult(batch[result.item]!, result);
  } catch (error) {
    metered.drop();
    throw error;
  }
  metered.end();
  job.onBatch?.();
}

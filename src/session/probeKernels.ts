import type { BackendState } from '../protocol/worker.ts';
import { threadCount } from './pool/threadCount.ts';
import { WorkerPool } from './pool/workerPool.ts';
import { workerScript } from './pool/workerScript.ts';
import { startWorkerThread } from './pool/workerThread.ts';

/** Which kernels a worker of this machine finds, with reasons, and how many workers a session would start. */
export async function probeKernels(
  threads?: number,
): Promise<{ readonly backends: readonly BackendState[]; readonly threads: number }> {
  const script = workerScript();
  const pool = new WorkerPool({ size: 1, start: () => startWorkerThread(script) });
  try {
    const { backends } = await pool.call('worker/hello', { backend: 'auto' });
    return { backends, threads: threadCount(threads) };
  } finally {
    await pool.dispose();
  }
}

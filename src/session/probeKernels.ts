import { englishOf } from '../core/text/gpuTexts.ts';
import type { BackendState } from '../protocol/worker.ts';
import { describeAdapter } from './gpu/describeAdapter.ts';
import { hostRoads } from './gpu/hostRoads.ts';
import { threadCount } from './pool/threadCount.ts';
import { WorkerPool } from './pool/workerPool.ts';
import { workerScript } from './pool/workerScript.ts';
import { startWorkerThread } from './pool/workerThread.ts';

/** Which kernels this machine has, with reasons, and how many workers a session would start. */
export async function probeKernels(
  threads?: number,
  gpuModule: string | null = null,
): Promise<{ readonly backends: readonly BackendState[]; readonly threads: number }> {
  const script = workerScript();
  const pool = new WorkerPool({ size: 1, start: () => startWorkerThread(script) });
  try {
    const { backends } = await pool.call('worker/hello', { backend: 'auto' });
    return { backends: [await probeGpu(gpuModule), ...backends], threads: threadCount(threads) };
  } finally {
    await pool.dispose();
  }
}

/** Searches alone run there. */
async function probeGpu(module: string | null): Promise<BackendState> {
  const [road] = hostRoads({ module });
  if (road === undefined) return { id: 'webgpu', available: false, why: 'no road' };
  const state = await road.probe();
  road.end();
  const why = englishOf(describeAdapter(state));
  return { id: 'webgpu', available: state.available && !state.software, why };
}

import type { BackendState } from '../protocol/worker.ts';
import { GpuRoad } from './gpu/gpuRoad.ts';
import { threadCount } from './pool/threadCount.ts';
import { WorkerPool } from './pool/workerPool.ts';
import { gpuScript, workerScript } from './pool/workerScript.ts';
import { startWorkerThread } from './pool/workerThread.ts';

/** Which kernels a worker of this machine finds, with reasons, and how many workers a session would start. */
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
  const road = new GpuRoad({ wanted: 'auto', script: gpuScript(), module });
  const state = await road.probe();
  road.end();
  if (!state.available) return { id: 'webgpu', available: false, why: state.why };
  const why = state.software ? `software adapter (${state.adapter}): only with --backend webgpu` : state.adapter;
  return { id: 'webgpu', available: !state.software, why };
}

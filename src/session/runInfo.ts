import type { RunInfo } from '../protocol/documents.ts';
import { peakMemoryBytes } from './peakMemory.ts';
import type { Backend } from './pool/kernelPool.ts';
import type { SessionContext } from './sessionContext.ts';

/** Which kernels worked, how long, and the peak memory of the process so far. */
export function runInfo(context: SessionContext, startedMs: number): RunInfo {
  const { version, pool } = context;
  return {
    version,
    backend: backendOf(context).id,
    threads: pool.size,
    seconds: (performance.now() - startedMs) / 1000,
    peak_memory_bytes: peakMemoryBytes(),
  };
}

/** What the workers compute with, and the GPU that proposed to them, if one did. */
export function backendOf({ pool, gpu }: SessionContext): Backend {
  const { id, why } = pool.backend;
  const used = gpu?.used ?? null;
  return used === null ? { id, why } : { id: `${id}+webgpu`, why: `${why}; searches on ${used}` };
}

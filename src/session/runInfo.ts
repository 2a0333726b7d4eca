import { englishOf } from '../core/text/gpuTexts.ts';
import type { RunInfo } from '../protocol/documents.ts';
import type { SessionBackend } from './api.ts';
import { peakMemoryBytes } from './peakMemory.ts';
import type { SessionContext } from './sessionContext.ts';

/** Which kernels worked, how long, and the peak memory of the process so far. */
export function runInfo(context: SessionContext, startedMs: number): RunInfo {
  const { version, pool } = context;
  const { id, why } = backendOf(context);
  return {
    version,
    backend: id,
    backend_why: why,
    threads: pool.size,
    seconds: (performance.now() - startedMs) / 1000,
    peak_memory_bytes: peakMemoryBytes(),
  };
}

/** What the workers compute with, and the GPU that proposed to them, if one did. */
export function backendOf({ pool, gpu }: SessionContext): SessionBackend {
  const { id, why: kernels } = pool.backend;
  const summary = gpu?.summary ?? null;
  if (gpu === null || summary === null) return { id, why: kernels, kernels, gpu: null };
  const why = `${kernels}; ${englishOf(summary)}`;
  return { id: gpu.isUsed ? `${id}+webgpu` : id, why, kernels, gpu: summary };
}

import type { RunInfo } from '../protocol/documents.ts';
import type { SessionContext } from './sessionContext.ts';

/** Which kernels worked, how long, and the peak memory of the process so far. */
export function runInfo({ version, pool }: SessionContext, startedMs: number): RunInfo {
  return {
    version,
    backend: pool.backend.id,
    threads: pool.size,
    seconds: (performance.now() - startedMs) / 1000,
    peak_memory_bytes: process.resourceUsage().maxRSS * 1024,
  };
}

import { type GpuText, gpuText } from '../../core/text/gpuTexts.ts';
import type { GpuState } from '../../protocol/gpu.ts';

/** An adapter with its driver and limits, or why there is none. */
export function describeAdapter(state: GpuState): GpuText {
  if (!state.available) return state.why;
  const { adapter, driver, software, limits, subgroup } = state;
  return gpuText(software ? 'software-adapter' : 'adapter', {
    adapter: driver === '' ? adapter : `${adapter} (${driver})`,
    buffer: mebibytes(limits.maxBufferSize),
    binding: mebibytes(limits.maxStorageBufferBindingSize),
    invocations: limits.maxComputeInvocationsPerWorkgroup,
    subgroup,
  });
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 2 ** 20);
}

import type { BackendId, Kernels } from './kernels.ts';
import { RefKernels } from './ref/refKernels.ts';
import { WasmKernels } from './wasmKernels.ts';

/**
 * A kernel object of the backend, with a memory of its own.
 * @param wasm the bytes of `kernels.wasm`; by default those that are inlined in the bundle
 * @throws WebAssembly.CompileError where the engine has no WASM SIMD (see probe.ts)
 */
export async function loadKernels(backend: BackendId, wasm?: BufferSource): Promise<Kernels> {
  if (backend === 'ref') return new RefKernels();
  return WasmKernels.create(wasm ?? (await import('./wasmBytes.ts')).default);
}

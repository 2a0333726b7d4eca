import type { BackendId, Kernels } from './kernels.ts';
import { RefKernels } from './ref/refKernels.ts';

/** A kernel object of the backend, with a memory of its own. */
export async function loadKernels(backend: BackendId): Promise<Kernels> {
  if (backend === 'ref') return new RefKernels();
  throw new Error('the WASM backend is not there yet');
}

import type { BackendId, Kernels } from '../../../src/kernels/kernels.ts';
import { loadKernels } from '../../../src/kernels/registry.ts';

/** Every backend that runs without a device. */
export function eachBackend(): { backend: BackendId; load: () => Promise<Kernels> }[] {
  return [{ backend: 'ref', load: () => loadKernels('ref') }];
}

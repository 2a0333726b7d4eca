import { Failure } from '../core/failure.ts';
import type { BackendId, Kernels } from '../kernels/kernels.ts';
import { probeKernels } from '../kernels/probe.ts';

/** Loads the kernels that were asked for; `auto` takes the fastest that is there. @throws Failure `kernel/unavailable` */
export async function loadBackend(
  wanted: 'auto' | BackendId,
  load: (backend: BackendId) => Promise<Kernels>,
): Promise<Kernels> {
  const wasm = probeKernels().find(({ backend }) => backend === 'wasm');
  const backend = wanted === 'auto' ? (wasm?.available ? 'wasm' : 'ref') : wanted;
  if (backend === 'wasm' && !wasm?.available) {
    throw new Failure('kernel/unavailable', { backend, why: wasm?.why ?? 'unknown to this version' });
  }
  try {
    return await load(backend);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure('kernel/unavailable', { backend, why }, { cause: error });
  }
}

import { readFile } from 'node:fs/promises';
import { ensureKernels } from '../../../scripts/buildKernels.mjs';
import type { BackendId, Kernels } from '../../../src/kernels/kernels.ts';
import { loadKernels } from '../../../src/kernels/registry.ts';

let wasm: Promise<Uint8Array<ArrayBuffer>> | null = null;

async function wasmBytes(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(await ensureKernels()));
}

/** Kernels of a backend for a test; the WASM is built first where sources are newer. */
export async function loadTestKernels(backend: BackendId): Promise<Kernels> {
  if (backend === 'ref') return loadKernels('ref');
  wasm ??= wasmBytes();
  return loadKernels('wasm', await wasm);
}

/** Every backend that runs without a device. */
export function eachBackend(): { backend: BackendId; load: () => Promise<Kernels> }[] {
  return (['ref', 'wasm'] as const).map((backend) => ({ backend, load: () => loadTestKernels(backend) }));
}

import type { BackendId } from './kernels.ts';

/** A way to compute, whether it is there, and why not. */
export interface BackendProbe {
  readonly backend: BackendId;
  readonly available: boolean;
  /** One line for people: what it is, or why it is not there. */
  readonly why: string;
}

/** The smallest module with a SIMD instruction: () -> v128 { i32.const 0; i8x16.splat }. */
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

/** The backends of a worker, best first, with a reason. Roads to a GPU are the session's (session/gpu). */
export function probeKernels(): readonly BackendProbe[] {
  return [probeWasm(), { backend: 'ref', available: true, why: 'plain TypeScript, the slow truth' }];
}

function probeWasm(): BackendProbe {
  const backend = 'wasm';
  if (typeof WebAssembly !== 'object') return { backend, available: false, why: 'no WebAssembly in this process' };
  if (!WebAssembly.validate(SIMD_MODULE))
    return { backend, available: false, why: 'no WebAssembly SIMD in this engine' };
  return { backend, available: true, why: 'WebAssembly SIMD' };
}

import type { Kernels, RunState } from '../../../src/kernels/kernels.ts';
import { RUN_DOUBLES, RUN_ELEMENTS, RUN_STATE_BYTES } from '../../../src/kernels/kernels.ts';

/** Hands out zeroed memory of a kernel object, one piece after the other. */
export class Arena {
  readonly kernels: Kernels;
  #next: number;

  constructor(kernels: Kernels) {
    this.kernels = kernels;
    this.#next = kernels.heapBase;
  }

  /** A pointer to `bytes` zeros, `misalign` bytes past a multiple of 16. */
  allocate(bytes: number, misalign = 0): number {
    const pointer = Math.ceil(this.#next / 16) * 16 + misalign;
    this.#next = pointer + bytes;
    this.kernels.reserve(this.#next + 16);
    this.kernels.bytes().fill(0, pointer, this.#next);
    return pointer;
  }

  put(data: ArrayBufferView, misalign = 0): number {
    const pointer = this.allocate(data.byteLength, misalign);
    this.kernels.bytes().set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pointer);
    return pointer;
  }

  /** A copy of memory. */
  take(pointer: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.kernels.bytes().subarray(pointer, pointer + bytes));
  }

  takeFloats(pointer: number, n: number): Float32Array {
    return new Float32Array(this.take(pointer, 4 * n).buffer);
  }

  takeDoubles(pointer: number, n: number): Float64Array {
    return new Float64Array(this.take(pointer, 8 * n).buffer);
  }

  /** A fresh run state with room for the records of `elements` elements. */
  runState(elements: number): RunState {
    const state = this.allocate(RUN_STATE_BYTES);
    return { state, records: this.allocate(8 * RUN_DOUBLES * (Math.ceil(elements / RUN_ELEMENTS) + 1)) };
  }

  takeRecords(runs: RunState): Float64Array {
    return this.takeDoubles(runs.records, RUN_DOUBLES * this.kernels.finishRuns(runs));
  }
}

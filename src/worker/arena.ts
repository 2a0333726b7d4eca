import type { Kernels } from '../kernels/kernels.ts';

/** Memory grows in steps, so that many small items do not grow it many times. */
const GROWTH_BYTES = 1 << 20;
/** A cache line, and enough for every typed array and SIMD load. */
const ALIGNMENT = 64;
/** Kernels may load a whole vector at the last element. */
const SLACK_BYTES = 64;

/**
 * The memory of the kernels, handed out from the bottom and taken back all at once: per item of a call a source block, the
 * F32 of one tile, parameters of its slices, and buffers of packed parts. Memory is not cleared, and never given back to the
 * system, so its size is that of the largest item so far.
 *
 *   | 0 .. heapBase | kept for the worker's life (pattern counts) | one item: blocks, tiles, parameters, parts … | free |
 */
export class Arena {
  readonly #kernels: Kernels;
  #bytes: Uint8Array;
  #next: number;
  #bottom: number;

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.#bytes = kernels.bytes();
    this.#next = kernels.heapBase;
    this.#bottom = this.#next;
  }

  /** A pointer to `bytes` bytes of undefined content; what was taken since `reset` stays where it is. */
  take(bytes: number): number {
    const pointer = Math.ceil(this.#next / ALIGNMENT) * ALIGNMENT;
    this.#next = pointer + bytes;
    const needed = this.#next + SLACK_BYTES;
    if (needed > this.#bytes.length) {
      this.#kernels.reserve(Math.ceil(needed / GROWTH_BYTES) * GROWTH_BYTES);
      this.#bytes = this.#kernels.bytes();
    }
    return pointer;
  }

  /** As `take`, for the life of the worker. Before the first item only. */
  keep(bytes: number): number {
    const pointer = this.take(bytes);
    this.#bottom = this.#next;
    return pointer;
  }

  /** Takes back all but what is kept. */
  reset(): void {
    this.#next = this.#bottom;
  }

  /** All of the memory; stale after the next `take`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The views below are stale after the next `take`. */
  bytesAt(pointer: number, n: number): Uint8Array {
    return this.#bytes.subarray(pointer, pointer + n);
  }

  floatsAt(pointer: number, n: number): Float32Array {
    return new Float32Array(this.#bytes.buffer, pointer, n);
  }

  doublesAt(pointer: number, n: number): Float64Array {
    return new Float64Array(this.#bytes.buffer, pointer, n);
  }

  wordsAt(pointer: number, n: number): Uint32Array {
    return new Uint32Array(this.#bytes.buffer, pointer, n);
  }

  halvesAt(pointer: number, n: number): Uint16Array {
    return new Uint16Array(this.#bytes.buffer, pointer, n);
  }
}

import type { Dtype } from '../dtype.ts';

/** One tensor of a file. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  /** Dims in elements, last one contiguous; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** First byte of its data, counted from the start of the file. */
  readonly start: number;
  /** End of its data, exclusive, counted from the start of the file. */
  readonly end: number;
}

/** The validated header of one file. */
export interface Header {
  /** In data order. */
  readonly tensors: readonly TensorInfo[];
  /** `__metadata__`; empty when the file has none. */
  readonly metadata: ReadonlyMap<string, string>;
  /** N, the length of the header text in bytes, padding included. */
  readonly headerBytes: number;
  /** Where the data section begins: 8 + N. */
  readonly dataStart: number;
  readonly fileBytes: number;
}

/** Bytes of the length prefix: an unsigned 64-bit little-endian integer. */
export const PREFIX_BYTES = 8;

/** Longest header that the reference reads or writes (safetensors `tensor.rs`, MAX_HEADER_SIZE). */
export const MAX_HEADER_BYTES = 100_000_000;

/** Member of the header object that is not a tensor. */
export const METADATA_KEY = '__metadata__';

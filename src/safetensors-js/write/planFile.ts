import { DTYPES, type Dtype, dtypeBits, isDtype } from '../dtype.ts';
import { SafetensorsError } from '../error.ts';
import { MAX_HEADER_BYTES, METADATA_KEY, PREFIX_BYTES, type TensorInfo } from '../header/header.ts';
import { encodeUtf8 } from '../platform.ts';
import { compareUtf8 } from './compareUtf8.ts';

/** A tensor to be written. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** Everything about a file but its data: the bytes that come first, and where each tensor goes. */
export interface FilePlan {
  /** What the file begins with: 8 bytes of length, the header text, spaces up to a multiple of 8. */
  readonly headerBytes: Uint8Array;
  /** In data order, their ranges counted from the start of the file. */
  readonly tensors: readonly TensorInfo[];
  readonly fileBytes: number;
}

/** The data section begins at a multiple of so many bytes (safetensors `tensor.rs`, N_LEN alignment). */
const HEADER_ALIGNMENT = 8;
const PADDING = 0x20;

const DTYPE_RANK: ReadonlyMap<Dtype, number> = new Map(DTYPES.map((dtype, rank) => [dtype, rank]));

/**
 * Lays a file out as the reference writer does, byte for byte: wide dtypes first, then by name, no gaps, compact JSON.
 * `metadata` keeps its order; without it the header has no `__metadata__`.
 * @throws SafetensorsError `plan/*`, `tensor/unknown-dtype`, `tensor/not-whole-bytes`, `header/too-large`
 */
export function planFile(tensors: readonly TensorSpec[], metadata?: ReadonlyMap<string, string>): FilePlan {
  const ordered = [...tensors].sort(compareSpecs);
  assertNamesDiffer(ordered);
  const members = metadata ? [`${JSON.stringify(METADATA_KEY)}:${metadataText(metadata)}`] : [];
  const ends: number[] = [];
  let begin = 0;
  for (const spec of ordered) {
    const end = begin + tensorBytesOf(spec);
    if (!Number.isSafeInteger(end)) throw SafetensorsError.of('plan/too-large', { bytes: end });
    members.push(memberText(spec, begin, end));
    ends.push(end);
    begin = end;
  }
  const headerBytes = headerBytesOf(`{${members.join(',')}}`);
  const dataStart = headerBytes.length;
  const infos = ordered.map(({ name, dtype, shape }, i): TensorInfo => {
    return {
      name,
      dtype,
      shape: [...shape],
      start: dataStart + (ends[i - 1] ?? 0),
      end: dataStart + (ends[i] ?? 0),
    };
  });
  const fileBytes = dataStart + begin;
  if (!Number.isSafeInteger(fileBytes)) throw SafetensorsError.of('plan/too-large', { bytes: fileBytes });
  return { headerBytes, tensors: infos, fileBytes };
}

/**
 * Bytes of a tensor's data.
 * @throws SafetensorsError `plan/bad-shape`, `plan/too-large`, `tensor/unknown-dtype`, `tensor/not-whole-bytes`
 */
export function tensorBytesOf({ name, dtype, shape }: TensorSpec): number {
  if (!isDtype(dtype)) throw SafetensorsError.of('tensor/unknown-dtype', { tensor: name, dtype, byte: 0 });
  let bits = dtypeBits(dtype);
  // As the reader does it, a product that overflows before it meets a 0 overflows.
  for (const dim of shape) {
    const isDim = Number.isSafeInteger(dim) && dim >= 0 && !Object.is(dim, -0);
    if (!isDim) throw SafetensorsError.of('plan/bad-shape', { tensor: name, shape: shape.join(', ') });
    bits *= dim;
    if (bits / 8 > Number.MAX_SAFE_INTEGER) throw SafetensorsError.of('plan/too-large', { bytes: bits / 8 });
  }
  if (bits % 8 !== 0) {
    const described = { tensor: name, dtype, shape: shape.join(', ') };
    throw SafetensorsError.of('tensor/not-whole-bytes', { ...described, bits });
  }
  return bits / 8;
}

function compareSpecs(a: TensorSpec, b: TensorSpec): number {
  const byRank = (DTYPE_RANK.get(b.dtype) ?? 0) - (DTYPE_RANK.get(a.dtype) ?? 0);
  return byRank !== 0 ? byRank : compareUtf8(a.name, b.name);
}

function assertNamesDiffer(tensors: readonly TensorSpec[]): void {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (name === METADATA_KEY) {
      throw SafetensorsError.of('plan/bad-name', { tensor: name, reason: 'the format keeps that name' });
    }
    if (hasLoneSurrogate(name)) {
      throw SafetensorsError.of('plan/bad-name', { tensor: name, reason: 'it holds half a surrogate pair' });
    }
    if (names.has(name)) throw SafetensorsError.of('plan/duplicate-tensor', { tensor: name });
    names.add(name);
  }
}

/** `JSON.stringify` escapes just what the reference's serde_json does: `"`, `\`, and what lies below U+0020. */
function memberText({ name, dtype, shape }: TensorSpec, begin: number, end: number): string {
  return `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${begin},${end}]}`;
}

function metadataText(metadata: ReadonlyMap<string, string>): string {
  const members: string[] = [];
  for (const [key, value] of metadata) {
    if (hasLoneSurrogate(key) || hasLoneSurrogate(value)) throw SafetensorsError.of('plan/bad-metadata', { key });
    members.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  }
  return `{${members.join(',')}}`;
}

function headerBytesOf(text: string): Uint8Array {
  const encoded = encodeUtf8(text);
  const textBytes = Math.ceil(encoded.length / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  if (textBytes > MAX_HEADER_BYTES) {
    throw SafetensorsError.of('header/too-large', { headerBytes: textBytes, limitBytes: MAX_HEADER_BYTES });
  }
  const bytes = new Uint8Array(PREFIX_BYTES + textBytes).fill(PADDING);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(textBytes), true);
  bytes.set(encoded, PREFIX_BYTES);
  return bytes;
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

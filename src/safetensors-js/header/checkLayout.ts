import { dtypeBits } from '../dtype.ts';
import { SafetensorsError } from '../error.ts';
import type { RawEntry, Uint64 } from './readEntries.ts';

const MOST_SHOWN_DIMS = 16;
const U64_MAX = 2n ** 64n - 1n;

/**
 * Sorts the entries by data offset and checks, in the reference's order, that they follow each other without hole or
 * overlap from offset 0 on and that each has the size of its dtype and shape.
 * Returns where the data ends, which is not yet compared with the file.
 * @throws SafetensorsError `tensor/reversed-offsets`, `tensor/hole`, `tensor/overlap`, `tensor/overflow`,
 *   `tensor/not-whole-bytes`, `tensor/wrong-size`, `tensor/dim-too-large`
 */
export function checkLayout(entries: RawEntry[]): Uint64 {
  sortByOffsets(entries);
  let previousEnd: Uint64 = 0;
  for (const entry of entries) {
    checkOffsets(entry, previousEnd);
    checkSize(entry);
    previousEnd = entry.end;
  }
  return previousEnd;
}

function sortByOffsets(entries: RawEntry[]): void {
  const isSorted = entries.every((entry, i) => {
    const before = entries[i - 1];
    return before === undefined || compareOffsets(before, entry) <= 0;
  });
  if (!isSorted) entries.sort(compareOffsets);
}

function compareOffsets(a: RawEntry, b: RawEntry): number {
  if (a.begin !== b.begin) return a.begin < b.begin ? -1 : 1;
  if (a.end !== b.end) return a.end < b.end ? -1 : 1;
  return 0;
}

function checkOffsets({ name, begin, end }: RawEntry, previousEnd: Uint64): void {
  if (end < begin) {
    throw SafetensorsError.of('tensor/reversed-offsets', { tensor: name, begin: plain(begin), end: plain(end) });
  }
  if (begin === previousEnd) return;
  const code = begin > previousEnd ? 'tensor/hole' : 'tensor/overlap';
  throw SafetensorsError.of(code, { tensor: name, begin: plain(begin), previousEnd: plain(previousEnd) });
}

function checkSize({ name, dtype, shape, begin, end }: RawEntry): void {
  const described = { tensor: name, dtype, shape: describeShape(shape) };
  const elements = productOf(shape);
  const bits = elements === null ? null : multiply(elements, dtypeBits(dtype));
  if (bits === null) throw SafetensorsError.of('tensor/overflow', described);
  const bitsInLastByte = typeof bits === 'bigint' ? Number(bits % 8n) : bits % 8;
  if (bitsInLastByte !== 0) throw SafetensorsError.of('tensor/not-whole-bytes', { ...described, bits: plain(bits) });
  const tensorBytes = typeof bits === 'bigint' ? reduce(bits / 8n) : bits / 8;
  const rangeBytes = reduce(BigInt(end) - BigInt(begin));
  if (rangeBytes !== tensorBytes) {
    const sizes = { rangeBytes: plain(rangeBytes), tensorBytes: plain(tensorBytes) };
    throw SafetensorsError.of('tensor/wrong-size', { ...described, ...sizes });
  }
  const hugeDim = shape.find((dim) => typeof dim === 'bigint');
  if (hugeDim !== undefined) throw SafetensorsError.of('tensor/dim-too-large', { tensor: name, dim: plain(hugeDim) });
}

/** A broken header may give millions of dims. */
function describeShape(shape: readonly Uint64[]): string {
  const shown = shape.slice(0, MOST_SHOWN_DIMS).join(', ');
  return shape.length > MOST_SHOWN_DIMS ? `${shown}, …` : shown;
}

/** Product from the left, as the reference forms it: `[2^32, 2^32, 0]` overflows, `[0, 2^32, 2^32]` does not. */
function productOf(shape: readonly Uint64[]): Uint64 | null {
  let product: Uint64 = 1;
  for (const dim of shape) {
    const next = multiply(product, dim);
    if (next === null) return null;
    product = next;
  }
  return product;
}

/** Product of two unsigned 64-bit numbers, exact; `null` beyond 64 bits. */
function multiply(a: Uint64, b: Uint64): Uint64 | null {
  if (typeof a === 'number' && typeof b === 'number' && a * b <= Number.MAX_SAFE_INTEGER) return a * b;
  const product = BigInt(a) * BigInt(b);
  return product > U64_MAX ? null : reduce(product);
}

function reduce(value: bigint): Uint64 {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function plain(value: Uint64): number | string {
  return typeof value === 'bigint' ? value.toString() : value;
}

import { SafetensorsError } from '../error.ts';
import { decodeUtf8, decodeUtf8Leniently, encodeUtf8 } from '../platform.ts';
import { checkLayout } from './checkLayout.ts';
import { type Header, MAX_HEADER_BYTES, PREFIX_BYTES, type TensorInfo } from './header.ts';
import { describeAt, JsonFault } from './jsonFault.ts';
import { JsonScanner, MAX_DEPTH } from './jsonScanner.ts';
import { type RawHeader, readEntries, type Uint64 } from './readEntries.ts';

/** A header all of whose rules hold but, perhaps, the last: that the data ends where the file does. */
export interface CheckedHeader {
  readonly header: Header;
  /** `data/missing-bytes` or `data/extra-bytes`; null when the file is as long as its header says. */
  readonly lengthFault: SafetensorsError | null;
}

/**
 * Parses and validates the text of a header (the N bytes after the length prefix) of a file of `fileBytes` bytes.
 * Accepts what the reference parser accepts, but for keys that stand twice, entries and dtypes written in other than
 * their plain form, and dims above 2^53 - 1.
 * @throws SafetensorsError `header/*`, `metadata/*`, `tensor/*`, `data/*`; never anything else
 */
export function parseHeader(text: Uint8Array, fileBytes: number): Header {
  const { header, lengthFault } = checkHeader(text, fileBytes);
  if (lengthFault) throw lengthFault;
  return header;
}

/** As `parseHeader`, but a file cut short or too long comes back with its header, so that its tensors can be named. */
export function checkHeader(text: Uint8Array, fileBytes: number): CheckedHeader {
  assertHeaderFits(text.length, fileBytes);
  const raw = readRawHeader(text);
  const dataEnd = checkLayout(raw.entries);
  const dataStart = PREFIX_BYTES + text.length;
  const tensors = raw.entries.map(({ name, dtype, shape, begin, end }): TensorInfo => {
    // No dim is a bigint any more, and an offset that still is one lies beyond the end of any file: `lengthFault` says so.
    return {
      name,
      dtype,
      shape: shape as readonly number[],
      start: dataStart + Number(begin),
      end: dataStart + Number(end),
    };
  });
  const header = { tensors, metadata: raw.metadata, headerBytes: text.length, dataStart, fileBytes };
  return { header, lengthFault: findLengthFault(dataStart, dataEnd, fileBytes) };
}

/** @throws SafetensorsError `header/empty`, `header/too-large`, `header/beyond-file` */
export function assertHeaderFits(headerBytes: number | bigint, fileBytes: number): void {
  // The reference finds no JSON in it; the code of its own is for what such files are: space reserved by a download.
  if (Number(headerBytes) === 0) throw SafetensorsError.of('header/empty', {});
  if (headerBytes > MAX_HEADER_BYTES) {
    const stated = typeof headerBytes === 'bigint' ? headerBytes.toString() : headerBytes;
    throw SafetensorsError.of('header/too-large', { headerBytes: stated, limitBytes: MAX_HEADER_BYTES });
  }
  if (PREFIX_BYTES + Number(headerBytes) > fileBytes) {
    throw SafetensorsError.of('header/beyond-file', { headerBytes: Number(headerBytes), fileBytes });
  }
}

function readRawHeader(bytes: Uint8Array): RawHeader {
  const text = decodeUtf8(bytes);
  if (text === null) throw SafetensorsError.of('header/not-utf8', { byte: PREFIX_BYTES + findBadUtf8(bytes) });
  // A byte is found only when a fault needs it: up to there, most headers have one byte for each character.
  const byteOf = (at: number): number => PREFIX_BYTES + encodeUtf8(text.slice(0, at)).length;
  try {
    return readEntries(new JsonScanner(text), byteOf);
  } catch (error) {
    if (error instanceof JsonFault) throw headerErrorOf(error, text, byteOf(error.at));
    throw error;
  }
}

function headerErrorOf({ kind, at, expected }: JsonFault, text: string, byte: number): SafetensorsError {
  switch (kind) {
    case 'not-json':
      return SafetensorsError.of('header/not-json', { byte, expected, found: describeAt(text, at) });
    case 'control-character':
      return SafetensorsError.of('header/control-character', { byte, found: describeAt(text, at) });
    case 'too-deep':
      return SafetensorsError.of('header/too-deep', { byte, limit: MAX_DEPTH });
    default:
      return SafetensorsError.of(`header/${kind}`, { byte });
  }
}

/** Index of the first byte that is not UTF-8: where the lenient decoding stops to give the same bytes back. */
function findBadUtf8(bytes: Uint8Array): number {
  const again = encodeUtf8(decodeUtf8Leniently(bytes));
  let at = 0;
  while (at < bytes.length && again[at] === bytes[at]) at++;
  return at;
}

function findLengthFault(dataStart: number, dataEnd: Uint64, fileBytes: number): SafetensorsError | null {
  const expected = BigInt(dataStart) + BigInt(dataEnd);
  const missing = expected - BigInt(fileBytes);
  if (missing === 0n) return null;
  const sizes = { fileBytes, expectedBytes: toArgument(expected) };
  if (missing > 0n) return SafetensorsError.of('data/missing-bytes', { ...sizes, missingBytes: toArgument(missing) });
  return SafetensorsError.of('data/extra-bytes', { ...sizes, extraBytes: toArgument(-missing) });
}

function toArgument(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

import { type Dtype, isDtype } from '../dtype.ts';
import { SafetensorsError } from '../error.ts';
import { METADATA_KEY } from './header.ts';
import { describeAt } from './jsonFault.ts';
import type { JsonScanner } from './jsonScanner.ts';

/** An unsigned 64-bit number: a bigint only above 2^53 - 1, so that any two compare rightly with `<` and `===`. */
export type Uint64 = number | bigint;

/** A tensor's entry as written, its offsets counted from the start of the data; nothing about its layout is checked. */
export interface RawEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly Uint64[];
  readonly begin: Uint64;
  readonly end: Uint64;
}

/** The header object as written. */
export interface RawHeader {
  readonly entries: RawEntry[];
  readonly metadata: Map<string, string>;
}

/** Depth at which the fields of an entry stand: the root object and the entry are open around them. */
const FIELD_DEPTH = 2;

/**
 * Reads the header object: types and fields as the reference deserialises them, and stricter where it says so.
 * `byteOf` gives the byte of the file at an index of the text.
 * @throws JsonFault
 * @throws SafetensorsError `header/*`, `metadata/*`, `tensor/*`
 */
export function readEntries(scanner: JsonScanner, byteOf: (at: number) => number): RawHeader {
  return new EntryReader(scanner, byteOf).read();
}

class EntryReader {
  readonly #scanner: JsonScanner;
  readonly #byteOf: (at: number) => number;

  constructor(scanner: JsonScanner, byteOf: (at: number) => number) {
    this.#scanner = scanner;
    this.#byteOf = byteOf;
  }

  read(): RawHeader {
    const scanner = this.#scanner;
    if (!scanner.take('{')) {
      scanner.skipValue(0);
      scanner.at = 0;
      scanner.skipSpace();
      throw SafetensorsError.of('header/not-an-object', this.#here());
    }
    const entries: RawEntry[] = [];
    const names = new Set<string>();
    let metadata: Map<string, string> | undefined;
    if (!scanner.take('}')) {
      do {
        scanner.skipSpace();
        const keyAt = scanner.at;
        const key = scanner.readKey();
        if (key === METADATA_KEY) {
          if (metadata) throw SafetensorsError.of('metadata/duplicate', { byte: this.#byteOf(keyAt) });
          metadata = this.#readMetadata();
          continue;
        }
        // The reference lets the last one win; the format's README forbids it, and which one is meant cannot be known.
        if (names.size === names.add(key).size) {
          throw SafetensorsError.of('header/duplicate-tensor', { tensor: key, byte: this.#byteOf(keyAt) });
        }
        entries.push(this.#readEntry(key));
      } while (scanner.hasMore('}'));
    }
    scanner.expectEnd();
    return { entries, metadata: metadata ?? new Map() };
  }

  #readMetadata(): Map<string, string> {
    const scanner = this.#scanner;
    const metadata = new Map<string, string>();
    if (scanner.takeNull()) return metadata;
    if (!scanner.take('{')) throw SafetensorsError.of('metadata/not-an-object', this.#here());
    if (scanner.take('}')) return metadata;
    do {
      scanner.skipSpace();
      const keyAt = scanner.at;
      const key = scanner.readKey();
      if (metadata.has(key)) {
        throw SafetensorsError.of('metadata/duplicate-key', { key, byte: this.#byteOf(keyAt) });
      }
      if (scanner.peek() !== '"') throw SafetensorsError.of('metadata/not-a-string', { key, ...this.#here() });
      metadata.set(key, scanner.readString());
    } while (scanner.hasMore('}'));
    return metadata;
  }

  #readEntry(name: string): RawEntry {
    const scanner = this.#scanner;
    if (!scanner.take('{')) throw SafetensorsError.of('tensor/not-an-object', { tensor: name, ...this.#here() });
    let dtype: Dtype | undefined;
    let shape: readonly Uint64[] | undefined;
    let offsets: readonly Uint64[] | undefined;
    if (!scanner.take('}')) {
      do {
        scanner.skipSpace();
        const keyAt = scanner.at;
        const field = scanner.readKey();
        if (field === 'dtype') {
          this.#assertFirst(dtype, name, field, keyAt);
          dtype = this.#readDtype(name);
        } else if (field === 'shape') {
          this.#assertFirst(shape, name, field, keyAt);
          shape = this.#readNumbers() ?? this.#fail('tensor/bad-shape', name);
        } else if (field === 'data_offsets') {
          this.#assertFirst(offsets, name, field, keyAt);
          offsets = this.#readOffsets(name);
        } else scanner.skipValue(FIELD_DEPTH);
      } while (scanner.hasMore('}'));
    }
    const [begin, end] = offsets ?? [];
    if (dtype === undefined) throw this.#missing(name, 'dtype');
    if (shape === undefined) throw this.#missing(name, 'shape');
    if (begin === undefined || end === undefined) throw this.#missing(name, 'data_offsets');
    return { name, dtype, shape, begin, end };
  }

  #readDtype(tensor: string): Dtype {
    const scanner = this.#scanner;
    if (scanner.peek() !== '"') throw SafetensorsError.of('tensor/dtype-not-a-string', { tensor, ...this.#here() });
    const dtypeAt = scanner.at;
    const dtype = scanner.readString();
    if (!isDtype(dtype)) {
      throw SafetensorsError.of('tensor/unknown-dtype', { tensor, dtype, byte: this.#byteOf(dtypeAt) });
    }
    return dtype;
  }

  #readOffsets(tensor: string): readonly Uint64[] {
    const start = this.#scanner.at;
    const offsets = this.#readNumbers();
    if (offsets?.length === 2) return offsets;
    if (offsets) {
      this.#scanner.at = start;
      this.#scanner.skipSpace();
    }
    return this.#fail('tensor/bad-offsets', tensor);
  }

  /** Reads an array of unsigned numbers; `null` when something else stands there, which then comes next. */
  #readNumbers(): Uint64[] | null {
    const scanner = this.#scanner;
    if (!scanner.take('[')) return null;
    const numbers: Uint64[] = [];
    if (scanner.take(']')) return numbers;
    do {
      const value = scanner.readUint64();
      if (value === null) return null;
      numbers.push(value);
    } while (scanner.hasMore(']'));
    return numbers;
  }

  #assertFirst(earlier: unknown, tensor: string, field: string, at: number): void {
    if (earlier === undefined) return;
    throw SafetensorsError.of('tensor/field-twice', { tensor, field, byte: this.#byteOf(at) });
  }

  #missing(tensor: string, field: string): SafetensorsError {
    return SafetensorsError.of('tensor/field-missing', { tensor, field, byte: this.#byteOf(this.#scanner.at) });
  }

  #fail(code: 'tensor/bad-shape' | 'tensor/bad-offsets', tensor: string): never {
    throw SafetensorsError.of(code, { tensor, ...this.#here() });
  }

  #here(): { byte: number; found: string } {
    const { at, text } = this.#scanner;
    return { byte: this.#byteOf(at), found: describeAt(text, at) };
  }
}

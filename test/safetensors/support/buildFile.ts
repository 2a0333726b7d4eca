import { type ByteSource, isSafetensorsError, MemorySource, type SafetensorsError } from 'safetensors-js';

/** A file of a header text, as it stands, and so many bytes of data; `claimed` puts another length in front. */
export function buildFile(header: string | Uint8Array, dataBytes = 0, claimed?: number | bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(claimed ?? text.length), true);
  file.set(text, 8);
  for (let i = 0; i < dataBytes; i++) file[8 + text.length + i] = i % 251;
  return file;
}

/** A header entry; any of its fields may be given as raw JSON. */
export function entry(name: string, dtype: string, shape: readonly number[], begin: number, end: number): string {
  return `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}`;
}

/** Awaits the failure of work, which must be one of ours; anything else is a crash and is thrown on. */
export async function faultOf(work: () => unknown): Promise<SafetensorsError> {
  try {
    await work();
  } catch (error) {
    if (isSafetensorsError(error)) return error;
    throw error;
  }
  throw new Error('expected a SafetensorsError; the work succeeded');
}

/** Counts what is read through it. */
export class CountingSource implements ByteSource {
  readonly size: number;
  readonly #inner: ByteSource;
  bytesRead = 0;
  reads = 0;
  isClosed = false;

  constructor(inner: ByteSource | Uint8Array, size?: number) {
    this.#inner = inner instanceof Uint8Array ? new MemorySource(inner) : inner;
    this.size = size ?? this.#inner.size;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    this.reads++;
    this.bytesRead += end - start;
    return this.#inner.read(start, end);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.#inner.close();
  }
}

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/* Reads and writes safetensors with nothing of the code under test, for tests that hold its figures against plain loops. */

interface RawEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The values of a BF16 or F32 tensor in the first of these files that holds it. */
export async function readRawTensor(folder: string, files: readonly string[], name: string): Promise<Float32Array> {
  for (const file of files) {
    const bytes = await readFile(join(folder, file));
    const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, dataStart)) as Record<string, RawEntry>;
    const entry = header[name];
    if (entry === undefined) continue;
    const [begin, end] = entry.data_offsets;
    const data = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end)).buffer;
    if (entry.dtype === 'F32') return new Float32Array(data);
    if (entry.dtype !== 'BF16') throw new Error(`${name} is ${entry.dtype}`);
    return new Float32Array(Uint32Array.from(new Uint16Array(data), (pattern) => pattern << 16).buffer);
  }
  throw new Error(`${name} is in none of ${files.join(', ')}`);
}

/** Writes a file of one F32 tensor. */
export async function writeRawF32(
  path: string,
  name: string,
  shape: readonly number[],
  values: Float32Array,
): Promise<void> {
  const entry: RawEntry = { dtype: 'F32', shape, data_offsets: [0, values.byteLength] };
  const text = JSON.stringify({ [name]: entry });
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(path, Buffer.concat([length, header, new Uint8Array(values.buffer)]));
}

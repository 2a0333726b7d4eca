import { readFileSync } from 'node:fs';

const folder = new URL('../../fixtures/golden/', import.meta.url);

export interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Tensors of a golden file by name. The files are trusted: the strict reader has tests of its own. */
export function readGolden(name: string): Map<string, GoldenTensor> {
  const file = new Uint8Array(readFileSync(new URL(`${name}.safetensors`, folder)));
  const headerBytes = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, GoldenTensor>();
  for (const [tensor, info] of Object.entries(header)) {
    if (tensor === '__metadata__') continue;
    const [start, end] = info.data_offsets;
    const bytes = file.slice(8 + headerBytes + start, 8 + headerBytes + end);
    tensors.set(tensor, { dtype: info.dtype, shape: info.shape, bytes });
  }
  return tensors;
}

export interface GoldenFigures {
  readonly mse: number;
  readonly mae: number;
  readonly max: number;
  readonly sqnr_db: number | null;
  readonly rel: number | null;
  readonly cosine: number | null;
}

export interface GoldenQuantizer {
  readonly params: {
    readonly preset: string;
    readonly bits: number;
    readonly unit: 'tensor' | 'channel' | 'group';
    readonly group?: number | null;
    readonly scale_dtype?: 'F32' | 'F16' | 'BF16';
    readonly asymmetric?: boolean;
    /** As `parseClip` reads it. */
    readonly clip?: string;
  };
  readonly metrics: Readonly<Record<string, GoldenFigures>>;
}

export function goldenQuantizers(): [string, GoldenQuantizer][] {
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as {
    quantizers: Record<string, GoldenQuantizer>;
  };
  return Object.entries(manifest.quantizers);
}

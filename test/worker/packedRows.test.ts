import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { PackedAffine, PackedScaledFloat, StoredTensor, TensorSource } from '../../src/core/model/model.ts';
import { openCheckpointWithConfig } from '../../src/session/openCheckpoint.ts';
import { decodeSource } from '../core/formats/decodeSource.ts';
import { bytesOf, DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { allRows, EACH_SETTING, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { floatBytes, type TensorBytes, writeWeights } from './support/weightsFile.ts';

const folder = fileURLToPath(new URL('../fixtures/packed', import.meta.url));
const GOLDEN = ['w4a16', 'w4a16-asym', 'w8a16-channel', 'w8a8', 'fp8-dynamic', 'nvfp4a16', 'mxfp4a16'];
const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

describe.each(EACH_SETTING)('packed checkpoints of compressed-tensors ($name)', ({ backend, limits }) => {
  test.each(GOLDEN)('%s decodes to what the library decodes it to, to the last bit', async (name) => {
    const worker = await testWorker({ backend, limits });
    const path = join(folder, `compressed-tensors-${name}`);
    const { model } = await openCheckpointWithConfig(join(path, 'model.safetensors'));
    const dequantized = await openCheckpointWithConfig(join(path, 'dequantized.safetensors'));
    let compared = 0;
    for (const expected of dequantized.model.tensors) {
      const packed = model.tensors.find((tensor) => tensor.name === expected.name);
      expect(packed?.source.kind, expected.name).not.toBe('raw');
      const source = packed?.source as TensorSource;
      expect(floatBytes(worker.read(source), 'BF16')).toEqual(floatBytes(worker.read(expected.source), 'BF16'));
      const [verified] = await worker.call('tensor/verify', [
        {
          item: 0,
          source: expected.source,
          saved: source,
          rows: allRows(source),
          identical: false,
          nonFinite: 'refuse',
        },
      ]);
      expect(verified).toMatchObject({ identical: true, sums: { squaredError: 0, maxError: 0 } });
      const scan = { item: 0, rows: allRows(source), table: true, channels: false, sample: null } as const;
      const [ofPacked, ofPlain] = await worker.call('tensor/scan', [
        { ...scan, source },
        { ...scan, source: expected.source },
      ]);
      expect(ofPacked?.table).toEqual(ofPlain?.table);
      expect(ofPacked?.moments).toBeNull();
      compared++;
    }
    expect(compared).toBeGreaterThan(6);
  });
});

/** Packed sources of random bytes, for shapes that no library wrote. */
function writeParts(parts: readonly TensorBytes[]): { stored: StoredTensor[]; file: Uint8Array } {
  const stored = writeWeights(parts);
  return { stored, file: readFileSync((stored[0] as StoredTensor).path) };
}

interface AffineCase {
  readonly channels: number;
  readonly inputs: number;
  readonly bits: number;
  readonly unit: PackedAffine['unit'];
  readonly groupSize: number;
  readonly zero: 'none' | 'f32' | 'i8' | 'stream';
  readonly isPermuted?: boolean;
}

function affineSource(given: AffineCase, seed: number): { source: PackedAffine; file: Uint8Array } {
  const { channels, inputs, bits, unit, groupSize, zero, isPermuted = false } = given;
  const groups = unit === 'group' ? Math.ceil(inputs / groupSize) : 1;
  const slices = unit === 'tensor' ? 1 : channels * groups;
  const rowBytes = Math.ceil((inputs * bits) / 32) * 4;
  const zeroBytes = {
    none: new Uint8Array(0),
    f32: floatBytes(
      Float32Array.from(bytesOf(slices, seed), (x) => x % 5),
      'F32',
    ),
    i8: bytesOf(slices, seed),
    stream: bytesOf(4 * Math.ceil((channels * bits) / 32) * groups, seed),
  }[zero];
  const index = Int32Array.from(bytesOf(inputs, seed + 2), (x) => (isPermuted ? x % groups : -1));
  const { stored, file } = writeParts([
    { name: 'codes', dtype: 'U8', shape: [channels, rowBytes], bytes: bytesOf(channels * rowBytes, seed + 1) },
    { name: 'scale', dtype: 'F16', shape: [slices], bytes: floatBytes(floatsOf(normal, slices, seed), 'F16') },
    { name: 'zero', dtype: zero === 'i8' ? 'I8' : zero === 'f32' ? 'F32' : 'I32', shape: [slices], bytes: zeroBytes },
    { name: 'index', dtype: 'I32', shape: [inputs], bytes: new Uint8Array(index.buffer) },
  ]);
  const [codes, scale, zeros, groupIndex] = stored as [StoredTensor, StoredTensor, StoredTensor, StoredTensor];
  const zeroStorage = ({ none: null, f32: 'f32', i8: 'i8', stream: 'stream-along-channels' } as const)[zero];
  const view = { channels, inputs, transposed: false };
  const source: PackedAffine = {
    kind: 'affine',
    view,
    codes,
    codeStorage: 'stream',
    bits,
    rowBytes,
    unit,
    groupSize,
    scale,
    zero: zero === 'none' ? null : zeros,
    zeroStorage,
    groupIndex: unit === 'group' ? groupIndex : null,
    roundTo: 'BF16',
  };
  return { source, file };
}

describe.each(EACH_SETTING)('rows of packed tensors ($name)', ({ backend, limits }) => {
  const cases: AffineCase[] = [
    { channels: 40, inputs: 96, bits: 4, unit: 'group', groupSize: 32, zero: 'stream' },
    { channels: 37, inputs: 70, bits: 3, unit: 'group', groupSize: 16, zero: 'stream' },
    { channels: 5, inputs: 500, bits: 5, unit: 'group', groupSize: 50, zero: 'stream' },
    { channels: 3, inputs: 900, bits: 3, unit: 'group', groupSize: 301, zero: 'f32' },
    { channels: 3, inputs: 333, bits: 7, unit: 'channel', groupSize: 333, zero: 'i8' },
    { channels: 2, inputs: 1000, bits: 8, unit: 'tensor', groupSize: 1000, zero: 'f32' },
    { channels: 9, inputs: 64, bits: 4, unit: 'group', groupSize: 16, zero: 'none', isPermuted: true },
    { channels: 2, inputs: 640, bits: 4, unit: 'group', groupSize: 16, zero: 'stream', isPermuted: true },
    { channels: 1, inputs: 1, bits: 2, unit: 'group', groupSize: 4, zero: 'none' },
  ];

  test.each(cases)('$bits bits per $unit, $channels × $inputs, zero-points $zero', async (given) => {
    const worker = await testWorker({ backend, limits });
    const { source, file } = affineSource(given, given.inputs);
    // an index of -1 throughout says nothing
    const expected = decodeSource(given.isPermuted ? source : { ...source, groupIndex: null }, file);
    expect(worker.read(source)).toEqual(expected);
    const rows = { start: Math.floor(given.channels / 2), end: given.channels };
    expect(worker.read(source, rows)).toEqual(expected.subarray(rows.start * given.inputs));
  });

  test('blocks of rows and columns share the scales of narrow floats', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [20, 200];
    for (const [unit, blockRows, groupSize, dtype] of [
      ['block', 8, 64, 'BF16'],
      ['group', 1, 32, 'F32'],
      ['channel', 1, 200, 'F16'],
      ['tensor', 1, 200, 'F32'],
    ] as const) {
      const grid = unit === 'tensor' ? 1 : Math.ceil(channels / blockRows) * Math.ceil(inputs / groupSize);
      for (const codeStorage of ['f8-e4m3', 'f8-e5m2', 'f4-low-first'] as const) {
        const codeBytes = codeStorage === 'f4-low-first' ? inputs / 2 : inputs;
        // no NaN and no infinities: two bits of the exponent stay 0
        const bytes = bytesOf(channels * codeBytes, 3).map((x) => (codeStorage === 'f4-low-first' ? x : x & 0xbf));
        const { stored, file } = writeParts([
          { name: 'codes', dtype: 'U8', shape: [channels, codeBytes], bytes },
          { name: 'scale', dtype, shape: [grid], bytes: floatBytes(floatsOf(normal, grid, 1), dtype) },
        ]);
        const [codes, scale] = stored as [StoredTensor, StoredTensor];
        const view = { channels, inputs, transposed: false };
        const common = { kind: 'scaled-float', view, codes, codeStorage, unit, groupSize, blockRows, scale } as const;
        const source: PackedScaledFloat = { ...common, scaleStorage: 'float', globalScale: null, roundTo: 'F16' };
        expect(worker.read(source)).toEqual(decodeSource(source, file));
      }
    }
  });
});

test('a group index outside the groups is refused', async () => {
  const worker = await testWorker({ limits: TINY_LIMITS });
  const given = {
    channels: 4,
    inputs: 64,
    bits: 4,
    unit: 'group',
    groupSize: 16,
    zero: 'none',
    isPermuted: true,
  } as const;
  const { source } = affineSource(given, 5);
  const wrong = { ...source, groupIndex: { ...source.codes, start: source.codes.start, dtype: 'I32' as const } };
  expect(() => worker.read(wrong)).toThrow(expect.objectContaining({ code: 'format/unreadable' }));
});

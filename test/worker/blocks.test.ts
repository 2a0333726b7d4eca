import { describe, expect, test } from 'vitest';
import type { PartLayout } from '../../src/core/formats/format.ts';
import { blockParts } from '../../src/core/formats/loupe/blockParts.ts';
import { compareValues } from '../../src/core/metrics/compareValues.ts';
import type { ModelTensor, PackedCodebook, RawSource } from '../../src/core/model/model.ts';
import { roundToBF16 } from '../../src/core/numbers/bfloat16.ts';
import { RunMean } from '../../src/core/numbers/runMean.ts';
import { type BlockTable, blockCodebookOf } from '../../src/core/quantizers/blockCodebook.ts';
import { NESTED_BLOCK, NESTED_MAP, nestScales, unnestScales } from '../../src/core/quantizers/nestedScales.ts';
import type { CodebookQuantizer } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { QuantizeItem } from '../../src/protocol/worker.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { TargetFile } from './support/targets.ts';
import { allRows, EACH_SETTING, type TestWorker, testWorker } from './support/testWorker.ts';
import { floatBytes, writeTensor } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

function quantizerOf(id: BlockTable, groupSize: number, doubleQuant: boolean): CodebookQuantizer {
  return resolveQuantizer({ id, groupSize, doubleQuant }) as CodebookQuantizer;
}

interface Expected {
  readonly codes: Uint8Array;
  readonly absmax: Float32Array;
  readonly offset: number;
  readonly decoded: Float32Array;
}

/** By the definition, weight by weight: the nearest level by comparing distances in double from the exact midpoints. */
function expectedOf(values: Float32Array, quantizer: CodebookQuantizer, table: BlockTable): Expected {
  const size = quantizer.blockSize as number;
  const { levels } = blockCodebookOf(table);
  const order = Array.from(levels.keys()).sort((a, b) => levels[a]! - levels[b]!);
  const absmax = new Float32Array(Math.ceil(values.length / size));
  values.forEach((value, i) => {
    absmax[Math.floor(i / size)] = Math.max(absmax[Math.floor(i / size)]!, Math.abs(value));
  });
  const codes = Uint8Array.from(values, (value, i) => {
    const block = Math.floor(i / size);
    const divisor = Math.fround(Math.max(absmax[block]!, Math.fround(1e-38)));
    const isFull = (block + 1) * size <= values.length;
    const v = Math.fround(isFull ? value * Math.fround(1 / divisor) : value / divisor);
    const rank = order.findIndex((code, at) => {
      const next = order[at + 1];
      return next === undefined || v <= Math.fround(Math.fround(levels[code]! + levels[next]!) / 2);
    });
    return order[rank]!;
  });
  const mean = new RunMean();
  mean.add(absmax);
  const offset = Math.fround(mean.mean);
  const stored = absmax.slice();
  if (quantizer.doubleQuant) unnestScales(nestScales(absmax, offset), NESTED_MAP, NESTED_BLOCK, offset, stored);
  const decoded = Float32Array.from(codes, (code, i) => levels[code]! * stored[Math.floor(i / size)]!);
  return { codes, absmax, offset, decoded };
}

function itemOf(source: RawSource, quantizer: CodebookQuantizer, rest: Partial<QuantizeItem>): QuantizeItem {
  const rows = allRows(source);
  return {
    ...{
      item: 0,
      source,
      rows,
      quantizer,
      roundTo: null,
      search: null,
      nonFinite: 'refuse',
      sums: 'full',
      targets: [],
    },
    ...rest,
  };
}

function partsOf({ view }: RawSource, quantizer: CodebookQuantizer, storage: 'stream' | 'nibbles'): PartLayout[] {
  const parts = blockParts({ name: 'w', view } as ModelTensor, quantizer);
  if (storage === 'stream') return [...parts];
  const nibbles = Math.ceil((view.channels * view.inputs) / 2);
  const content = { kind: 'nibbles', padding: 7 } as const;
  return [{ name: 'w.codes', dtype: 'U8', shape: [nibbles, 1], content }, ...parts.slice(1)];
}

function packedOf(
  { view }: RawSource,
  quantizer: CodebookQuantizer,
  storage: 'stream' | 'nibbles',
  file: TargetFile,
): PackedCodebook {
  const nested = {
    scale: () => file.stored('w.nested_absmax'),
    map: () => file.stored('w.nested_map'),
    offset: () => file.stored('w.nested_offset'),
  };
  return {
    kind: 'codebook',
    view: { ...view, transposed: false },
    codes: file.stored('w.codes'),
    codeStorage: storage,
    bits: 4,
    rowBytes: Math.ceil(view.inputs / 2),
    unit: 'block',
    levels: quantizer.id as BlockTable,
    blocks: {
      size: quantizer.blockSize as number,
      scale: file.stored('w.absmax'),
      nested: quantizer.doubleQuant
        ? { scale: nested.scale(), size: NESTED_BLOCK, map: nested.map(), offset: nested.offset() }
        : null,
    },
    roundTo: null,
  };
}

/** Codes one a byte, by reading single nibbles. */
function codesOf(
  bytes: Uint8Array,
  { channels, inputs }: RawSource['view'],
  storage: 'stream' | 'nibbles',
): Uint8Array {
  return Uint8Array.from({ length: channels * inputs }, (_, i) => {
    if (storage === 'nibbles') return i % 2 === 0 ? bytes[i >> 1]! >> 4 : bytes[i >> 1]! & 15;
    const column = i % inputs;
    const byte = bytes[Math.floor(i / inputs) * Math.ceil(inputs / 2) + (column >> 1)]!;
    return column % 2 === 0 ? byte & 15 : byte >> 4;
  });
}

async function quantized(
  worker: TestWorker,
  source: RawSource,
  quantizer: CodebookQuantizer,
  storage: 'stream' | 'nibbles',
) {
  const file = new TargetFile(partsOf(source, quantizer, storage));
  const [result] = await worker.call('tensor/quantize', [itemOf(source, quantizer, { targets: file.targets })]);
  return { file, result: result! };
}

/** Rows shorter and longer than a block, a tile and a block of scales; odd and even; blocks that cross rows. */
const SHAPES = [
  [1, 1],
  [3, 5],
  [64, 64],
  [33, 64],
  [7, 301],
  [5, 96],
  [2, 1001],
  [300, 1],
  [129, 130],
] as const;

describe.each(EACH_SETTING)('blocks of a fixed codebook ($name)', ({ backend, limits }) => {
  for (const table of ['nf4', 'fp4'] as const) {
    for (const doubleQuant of [false, true]) {
      for (const storage of ['stream', 'nibbles'] as const) {
        test(`${table}${doubleQuant ? ' with quantized scales' : ''}, ${storage}: codes, scales and sums of the definition`, async () => {
          const worker = await testWorker({ backend, limits });
          for (const [i, [channels, inputs]] of SHAPES.entries()) {
            const quantizer = quantizerOf(table, [64, 32, 128][i % 3]!, doubleQuant);
            const values = floatsOf(normal, channels * inputs, i).map(roundToBF16);
            const transposed = i % 2 === 1;
            const source = writeTensor(values, channels, inputs, { dtype: 'BF16', transposed });
            const { file, result } = await quantized(worker, source, quantizer, storage);
            const expected = expectedOf(values, quantizer, table);
            expect(codesOf(file.read('w.codes'), source.view, storage)).toEqual(expected.codes);
            if (doubleQuant) {
              const nested = nestScales(expected.absmax, expected.offset);
              expect(file.read('w.absmax')).toEqual(nested.codes);
              expect(file.read('w.nested_absmax')).toEqual(floatBytes(nested.scales, 'F32'));
              expect(file.read('w.nested_offset')).toEqual(floatBytes(Float32Array.of(expected.offset), 'F32'));
            } else {
              expect(file.read('w.absmax')).toEqual(floatBytes(expected.absmax, 'F32'));
            }
            expect(file.isCleanBetween()).toBe(true);
            expect(result.sums).toEqual({
              ...compareValues(values, expected.decoded),
              clipped: 0,
              clippedSquaredError: 0,
            });
            expect(worker.read(packedOf(source, quantizer, storage, file))).toEqual(expected.decoded);
          }
        });
      }
    }
  }

  test('chunks write the bytes and give the runs of the whole tensor', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [96, 512];
    const values = floatsOf(normal, channels * inputs, 9);
    const source = writeTensor(values, channels, inputs);
    for (const doubleQuant of [false, true]) {
      const quantizer = quantizerOf('nf4', 64, doubleQuant);
      const whole = await quantized(worker, source, quantizer, 'nibbles');
      const [search] = await worker.call('tensor/search', [
        {
          item: 0,
          source,
          rows: allRows(source),
          quantizer: { ...quantizer, doubleQuant: true },
          table: null,
          nonFinite: 'refuse',
        },
      ]);
      const file = new TargetFile(partsOf(source, quantizer, 'nibbles'));
      for (const rows of [
        { start: 32, end: 64 },
        { start: 64, end: 96 },
        { start: 0, end: 32 },
      ]) {
        const rest = { rows, targets: file.targets, search: doubleQuant ? search!.search : null };
        await worker.call('tensor/quantize', [itemOf(source, quantizer, rest)]);
      }
      for (const { part } of file.targets) expect(file.read(part.name), part.name).toEqual(whole.file.read(part.name));
    }
  });

  test('zeros, constants and the smallest weights decode to themselves or to 0, never to NaN', async () => {
    const worker = await testWorker({ backend, limits });
    const inputs = 128;
    for (const doubleQuant of [false, true]) {
      for (const value of [0, -0, 1e-40, 2.5, -1e30]) {
        const values = new Float32Array(2 * inputs).fill(value);
        const source = writeTensor(values, 2, inputs);
        const quantizer = quantizerOf('nf4', 64, doubleQuant);
        const { file } = await quantized(worker, source, quantizer, 'stream');
        const decoded = worker.read(packedOf(source, quantizer, 'stream', file));
        if (value === 0)
          expect(codesOf(file.read('w.codes'), source.view, 'stream').every((code) => code === 7)).toBe(true);
        expect(
          decoded.every((x) => x + 0 === Math.fround(value) + 0 || (value === 1e-40 && Math.abs(x) <= 1e-40)),
        ).toBe(true);
      }
    }
  });

  test('weights that are not finite are refused by name, or clamped', async () => {
    const worker = await testWorker({ backend, limits });
    const values = floatsOf(normal, 256, 4);
    values[77] = Number.NaN;
    values[200] = Number.NEGATIVE_INFINITY;
    const source = writeTensor(values, 4, 64);
    for (const doubleQuant of [false, true]) {
      const quantizer = quantizerOf('nf4', 32, doubleQuant);
      await expect(worker.call('tensor/quantize', [itemOf(source, quantizer, {})])).rejects.toMatchObject({
        code: 'tensor/non-finite',
      });
      const [result] = await worker.call('tensor/quantize', [itemOf(source, quantizer, { nonFinite: 'clamp' })]);
      expect(result?.sums.squaredError).toBeGreaterThan(0);
      expect(result?.sums.squaredError).toBeLessThan(1);
    }
  });
});

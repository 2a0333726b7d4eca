import { describe, expect, test } from 'vitest';
import type { PartLayout } from '../../src/core/formats/format.ts';
import { rowAbsmaxParts } from '../../src/core/formats/loupe/rowAbsmaxParts.ts';
import { compareValues } from '../../src/core/metrics/compareValues.ts';
import type { ModelTensor, PackedAffine } from '../../src/core/model/model.ts';
import { saturateToF16 } from '../../src/core/numbers/float16.ts';
import { roundHalfEven } from '../../src/core/numbers/roundHalfEven.ts';
import type { AffineQuantizer } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { QuantizeItem } from '../../src/protocol/worker.ts';
import { DISTRIBUTIONS, floatsOf, seeded } from '../kernels/support/seeded.ts';
import { TargetFile } from './support/targets.ts';
import { allRows, EACH_SETTING, type TestWorker, testWorker } from './support/testWorker.ts';
import { writeTensor } from './support/weightsFile.ts';

type Distribution = (random: () => number) => number;
type Source = QuantizeItem['source'];
const { fround } = Math;

interface Expected {
  /** Signed, channel-major. */
  readonly codes: number[];
  readonly scb: number[];
  readonly decoded: Float32Array;
}

/** bitsandbytes' rule spelled out, row by row; columns that are kept apart are zero in it and F16 beside. */
function expectedOf(x: Float32Array, channels: number, inputs: number, columns: readonly number[] = []): Expected {
  const codes: number[] = [];
  const scb: number[] = [];
  const decoded = new Float32Array(x.length);
  for (let row = 0; row < channels; row++) {
    const weights = Array.from({ length: inputs }, (_, i) =>
      columns.includes(i) ? 0 : saturateToF16(x[row * inputs + i]!),
    );
    const largest = weights.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    const multiplier = fround(127 * fround(1 / largest));
    scb.push(largest);
    weights.forEach((w, i) => {
      const at = row * inputs + i;
      const code = largest === 0 ? 0 : roundHalfEven(fround(w * multiplier)) + 0;
      codes.push(code);
      decoded[at] = columns.includes(i)
        ? saturateToF16(x[at]!)
        : fround(fround(code * largest) * fround(0.007874015718698502));
    });
  }
  return { codes, scb, decoded };
}

function llmInt8(outliers?: string): AffineQuantizer {
  return resolveQuantizer({ id: 'llm-int8', ...(outliers === undefined ? {} : { outliers }) }) as AffineQuantizer;
}

function withColumns(quantizer: AffineQuantizer, columns: readonly number[]): AffineQuantizer {
  const by = { kind: 'sigma', deviations: 6 } as const;
  return { ...quantizer, outliers: { kind: 'columns', columns, by } };
}

function itemOf(source: Source, quantizer: AffineQuantizer, rest: Partial<QuantizeItem> = {}): QuantizeItem {
  const common = { item: 0, source, rows: allRows(source), quantizer, roundTo: null, search: null } as const;
  return { ...common, nonFinite: 'refuse', sums: 'full', targets: [], ...rest };
}

function partsOf(source: Source, quantizer: AffineQuantizer, isSigned: boolean): PartLayout[] {
  const { channels, inputs } = source.view;
  const shape = [channels, inputs];
  const codes: PartLayout = isSigned
    ? { name: 'w.codes', dtype: 'I8', shape, content: { kind: 'signed-codes' } }
    : { name: 'w.codes', dtype: 'U8', shape, content: { kind: 'codes', bits: 8, rowBytes: inputs } };
  return [codes, ...rowAbsmaxParts({ name: 'w', view: source.view } as ModelTensor, quantizer)];
}

function packedOf(source: Source, file: TargetFile, isSigned: boolean, hasOutliers: boolean): PackedAffine {
  const { inputs } = source.view;
  return {
    kind: 'affine',
    view: { ...source.view, transposed: false },
    codes: file.stored('w.codes'),
    codeStorage: isSigned ? 'i8' : 'stream',
    bits: 8,
    rowBytes: inputs,
    decode: 'row-absmax',
    unit: 'channel',
    groupSize: inputs,
    scale: file.stored('w.scb'),
    zero: null,
    zeroStorage: null,
    groupIndex: null,
    roundTo: null,
    ...(hasOutliers
      ? { outliers: { columns: file.stored('w.outlier_columns'), values: file.stored('w.outliers') } }
      : {}),
  };
}

/** Normal weights with a few columns that are far larger, one weight each. */
function withOutliers(channels: number, inputs: number, columns: readonly number[], seed: number): Float32Array {
  const x = floatsOf(DISTRIBUTIONS.normal as Distribution, channels * inputs, seed);
  const random = seeded(seed);
  for (const column of columns) x[Math.floor(random() * channels) * inputs + column] = random() < 0.5 ? -3 : 3;
  return x;
}

async function columnsFound(worker: TestWorker, source: Source, quantizer: AffineQuantizer): Promise<number[]> {
  const item = { item: 0, source, rows: allRows(source), quantizer, table: null, nonFinite: 'refuse' } as const;
  const [found] = await worker.call('tensor/search', [item]);
  return found?.search.kind === 'outliers' ? [...found.search.columns] : [];
}

const SHAPES = [
  { channels: 12, inputs: 64, columns: [3, 63] },
  { channels: 5, inputs: 301, columns: [0, 100, 299] },
  { channels: 130, inputs: 7, columns: [6] },
  { channels: 1, inputs: 1000, columns: [] },
] as const;

describe.each(EACH_SETTING)('LLM.int8 ($name)', ({ backend, limits }) => {
  test('writes the codes and row maxima of the definition, as a stream and as signed bytes, and reads them', async () => {
    const worker = await testWorker({ backend, limits });
    for (const [i, { channels, inputs, columns }] of SHAPES.entries()) {
      for (const hasOutliers of [false, true]) {
        for (const transposed of [false, true]) {
          for (const isSigned of [false, true]) {
            const apart = hasOutliers ? columns : [];
            const quantizer = hasOutliers ? withColumns(llmInt8(), columns) : llmInt8();
            const dtype = i % 2 === 0 ? 'BF16' : 'F32';
            const source = writeTensor(withOutliers(channels, inputs, columns, i), channels, inputs, {
              dtype,
              transposed,
            });
            const x = worker.read(source);
            const expected = expectedOf(x, channels, inputs, apart);
            const file = new TargetFile(partsOf(source, quantizer, isSigned));
            const [found] = await worker.call('tensor/quantize', [
              itemOf(source, quantizer, { targets: file.targets }),
            ]);
            const bytes = file.read('w.codes');
            const codes = isSigned ? [...new Int8Array(bytes.buffer)] : [...bytes].map((code) => code - 128);
            expect(codes).toEqual(expected.codes);
            expect([...new Float32Array(file.read('w.scb').buffer)]).toEqual(expected.scb);
            expect(file.isCleanBetween()).toBe(true);
            expect(found?.sums).toEqual({ ...compareValues(x, expected.decoded), clipped: 0, clippedSquaredError: 0 });
            const saved = packedOf(source, file, isSigned, apart.length > 0);
            expect(worker.read(saved)).toEqual(expected.decoded);
            if (apart.length > 0) {
              expect([...new Int32Array(file.read('w.outlier_columns').buffer)]).toEqual([...columns]);
            }
          }
        }
      }
    }
  });

  test('finds the columns that hold a magnitude of the threshold, in sigmas or absolute', async () => {
    const worker = await testWorker({ backend, limits });
    for (const [i, { channels, inputs, columns }] of SHAPES.entries()) {
      for (const transposed of [false, true]) {
        const source = writeTensor(withOutliers(channels, inputs, columns, i), channels, inputs, { transposed });
        expect(await columnsFound(worker, source, llmInt8('6sigma'))).toEqual([...columns]);
        expect(await columnsFound(worker, source, llmInt8('3'))).toEqual([...columns]);
        expect(await columnsFound(worker, source, llmInt8('3.0001'))).toEqual([]);
      }
    }
  });

  test('takes the threshold as σ of the population times the number, in double', async () => {
    const worker = await testWorker({ backend, limits });
    // σ of ±1 is 1; one 5 among 24 weights makes it √(1 + (25 - 1)/24 - (mean)²).
    const x = Float32Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    x[7] = 5;
    const mean = 6 / 24;
    const deviation = Math.sqrt((23 + 25) / 24 - mean * mean);
    const source = writeTensor(x, 4, 6);
    expect(await columnsFound(worker, source, llmInt8(`${4.999 / deviation}sigma`))).toEqual([1]);
    expect(await columnsFound(worker, source, llmInt8(`${5.001 / deviation}sigma`))).toEqual([]);
  });

  test('searches columns itself where nobody did, and gives the same in chunks', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [128, 64];
    const columns = [5, 40];
    const source = writeTensor(withOutliers(channels, inputs, columns, 3), channels, inputs);
    const settled = withColumns(llmInt8(), columns);
    const [expected] = await worker.call('tensor/quantize', [itemOf(source, settled)]);
    const [found] = await worker.call('tensor/quantize', [itemOf(source, llmInt8('6sigma'))]);
    expect(found).toEqual(expected);
    const search = { kind: 'outliers', columns: Int32Array.from(columns) } as const;
    const [searched] = await worker.call('tensor/quantize', [itemOf(source, llmInt8('0.001'), { search })]);
    expect(searched).toEqual(expected);

    const whole = new TargetFile(partsOf(source, settled, false));
    const chunks = new TargetFile(partsOf(source, settled, false));
    await worker.call('tensor/quantize', [itemOf(source, settled, { targets: whole.targets })]);
    for (const rows of [
      { start: 0, end: 64 },
      { start: 64, end: 128 },
    ]) {
      await worker.call('tensor/quantize', [itemOf(source, settled, { rows, targets: chunks.targets })]);
    }
    for (const name of ['w.codes', 'w.scb', 'w.outlier_columns', 'w.outliers']) {
      expect(chunks.read(name)).toEqual(whole.read(name));
    }
  });

  test('never gives what is no number: zeros, denormals, beyond F16', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [3, 100];
    for (const distribution of [
      () => 0,
      () => 0.3,
      DISTRIBUTIONS.denormal,
      (random: () => number) => 1e30 * (random() - 0.5),
      DISTRIBUTIONS.huge,
    ] as Distribution[]) {
      const source = writeTensor(floatsOf(distribution, channels * inputs, 1), channels, inputs);
      for (const quantizer of [llmInt8(), llmInt8('6sigma'), llmInt8('1e-45')]) {
        const [found] = await worker.call('tensor/quantize', [itemOf(source, quantizer)]);
        expect(Number.isFinite(found!.sums.squaredError)).toBe(true);
      }
    }
    const zeros = writeTensor(new Float32Array(channels * inputs), channels, inputs);
    expect(await columnsFound(worker, zeros, llmInt8('6sigma'))).toEqual([]);
    const file = new TargetFile(partsOf(zeros, llmInt8(), true));
    await worker.call('tensor/quantize', [itemOf(zeros, llmInt8(), { targets: file.targets })]);
    expect(file.read('w.codes').every((byte) => byte === 0)).toBe(true);
    expect([...new Float32Array(file.read('w.scb').buffer)]).toEqual([0, 0, 0]);
    const huge = writeTensor(Float32Array.of(1e30, 1, -7e4, 2), 2, 2);
    const [saturated] = await worker.call('tensor/quantize', [itemOf(huge, llmInt8())]);
    expect(saturated?.saturatedScales).toBe(2);
  });

  test('refuses weights that are not finite by name, and clamps them when asked', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [9, 130];
    const values = withOutliers(channels, inputs, [17], 4);
    values[200] = Number.NaN;
    values[700] = Number.NEGATIVE_INFINITY;
    const dirty = writeTensor(values, channels, inputs);
    const failure = { code: 'tensor/non-finite', args: { tensor: 'w', count: 2, index: 200 } };
    await expect(columnsFound(worker, dirty, llmInt8('6sigma'))).rejects.toMatchObject(failure);
    for (const quantizer of [llmInt8(), llmInt8('6sigma'), withColumns(llmInt8(), [17])]) {
      await expect(worker.call('tensor/quantize', [itemOf(dirty, quantizer)])).rejects.toMatchObject(failure);
      const clamped = values.map((x) => (Number.isNaN(x) ? 0 : Number.isFinite(x) ? x : -3));
      const clean = writeTensor(clamped, channels, inputs);
      const [found] = await worker.call('tensor/quantize', [itemOf(dirty, quantizer, { nonFinite: 'clamp' })]);
      const [expected] = await worker.call('tensor/quantize', [itemOf(clean, quantizer)]);
      expect(found).toEqual(expected);
    }
  });

  test('writes no codes into a layout that has no room for the columns', async () => {
    const worker = await testWorker({ backend, limits });
    const source = writeTensor(withOutliers(12, 64, [3], 1), 12, 64);
    const file = new TargetFile(partsOf(source, llmInt8(), false));
    const item = itemOf(source, llmInt8('6sigma'), { targets: file.targets });
    await expect(worker.call('tensor/quantize', [item])).rejects.toThrow(/no room for the columns kept apart/);
  });

  test('does not read columns that are no ascending inputs', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [4, 9];
    const source = writeTensor(withOutliers(channels, inputs, [3, 5], 1), channels, inputs);
    for (const columns of [
      [5, 3],
      [3, 3],
      [-1, 3],
      [3, 9],
    ]) {
      const file = new TargetFile(partsOf(source, withColumns(llmInt8(), columns), false));
      await worker.call('tensor/quantize', [
        itemOf(source, withColumns(llmInt8(), columns), {
          targets: file.targets.filter(({ part }) => part.content.kind === 'constant'),
        }),
      ]);
      expect(() => worker.read(packedOf(source, file, false, true))).toThrow(/not ascending numbers from 0 to 8/);
    }
  });
});

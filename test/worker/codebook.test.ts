import { describe, expect, test } from 'vitest';
import type { PartLayout } from '../../src/core/formats/format.ts';
import { compareValues } from '../../src/core/metrics/compareValues.ts';
import { sumRuns } from '../../src/core/metrics/runSums.ts';
import type { PackedCodebook, RawSource, View2D } from '../../src/core/model/model.ts';
import { roundToBF16 } from '../../src/core/numbers/bfloat16.ts';
import { paddedLevels } from '../../src/core/quantizers/paddedLevels.ts';
import type { CodebookQuantizer, QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { TensorSearch } from '../../src/core/quantizers/tensorSearch.ts';
import { FloatBuckets } from '../../src/core/search/floatBuckets.ts';
import { lloydMax } from '../../src/core/search/lloydMax.ts';
import { storeLevels } from '../../src/core/search/storeLevels.ts';
import { DEFAULT_LIMITS } from '../../src/worker/limits.ts';
import { unpackCodes } from '../kernels/support/quantize.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { quantizeItemOf } from './support/item.ts';
import { TargetFile } from './support/targets.ts';
import { allRows, EACH_SETTING, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { floatBytes, writeTensor } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal!;

function codebook(spec: QuantizerSpec): CodebookQuantizer {
  return resolveQuantizer(spec) as CodebookQuantizer;
}

function partsOf({ channels, inputs }: View2D, { bits, unit, levelDtype }: CodebookQuantizer): PartLayout[] {
  const rowBytes = Math.ceil((inputs * bits) / 8);
  const levels = unit === 'tensor' ? [2 ** bits] : [channels, 2 ** bits];
  return [
    { name: 'codes', dtype: 'U8', shape: [channels, rowBytes], content: { kind: 'codes', bits, rowBytes } },
    { name: 'codebook', dtype: levelDtype!, shape: levels, content: { kind: 'codebook' } },
  ];
}

function packedOf({ view }: RawSource, quantizer: CodebookQuantizer, file: TargetFile): PackedCodebook {
  const codes = file.stored('codes');
  const { bits, unit } = quantizer;
  const levels = file.stored('codebook');
  const rowBytes = codes.shape[1]!;
  return {
    kind: 'codebook',
    view,
    codes,
    codeStorage: 'stream',
    bits,
    rowBytes,
    unit,
    levels,
    blocks: null,
    roundTo: null,
  };
}

/** Its tables are large. */
const buckets = new FloatBuckets();

function searchedLevels(x: Float32Array, { bits, levelDtype }: CodebookQuantizer): Float32Array {
  buckets.add(new Uint32Array(x.slice().buffer));
  return storeLevels(lloydMax(buckets.take(), bits).levels, levelDtype!);
}

/** Levels of each channel, from the definition. */
function expectedLevels(x: Float32Array, { channels, inputs }: View2D, quantizer: CodebookQuantizer): Float32Array {
  if (quantizer.codebook.kind === 'given') return paddedLevels(quantizer.codebook.levels, quantizer.bits);
  const rows = Array.from({ length: channels }, (_, row) => x.subarray(row * inputs, (row + 1) * inputs));
  return Float32Array.from(rows.flatMap((row) => [...searchedLevels(row, quantizer)]));
}

function nearest(x: number, levels: Float32Array): number {
  let code = 0;
  levels.forEach((level, i) => {
    if (Math.abs(x - level) < Math.abs(x - levels[code]!)) code = i;
  });
  return code;
}

/** Codes and x' weight by weight. */
function expectedOf(x: Float32Array, view: View2D, quantizer: CodebookQuantizer, levels: Float32Array) {
  const count = 2 ** quantizer.bits;
  const levelsAt = (i: number): Float32Array => {
    const first = levels.length === count ? 0 : Math.floor(i / view.inputs) * count;
    return levels.subarray(first, first + count);
  };
  const codes = Array.from(x, (value, i) => nearest(value, levelsAt(i)));
  return { codes, decoded: Float32Array.from(codes, (code, i) => levelsAt(i)[code]!) };
}

const SHAPES = [
  { channels: 1, inputs: 1 },
  { channels: 7, inputs: 5 },
  { channels: 33, inputs: 64 },
  { channels: 5, inputs: 300 },
  { channels: 3, inputs: 1001 },
  { channels: 300, inputs: 1 },
] as const;

const SPECS: readonly QuantizerSpec[] = [
  { id: 'lloyd-max', bits: 4, unit: 'channel' },
  { id: 'lloyd-max', bits: 1, unit: 'channel', levelDtype: 'F32' },
  { id: 'lloyd-max', bits: 7, unit: 'channel' },
  { id: 'levels', levels: [0.03, -0.01, 0, 0.01, -0.03] },
  { id: 'levels', levels: [-0.02, 0.02], levelDtype: 'F16' },
];

describe.each(EACH_SETTING)('codebooks with stored levels ($name)', ({ backend, limits }) => {
  test.each(SPECS)('$id of $bits bits writes the codes and levels of the definition', async (spec) => {
    const worker = await testWorker({ backend, limits });
    const quantizer = codebook(spec);
    for (const [i, { channels, inputs }] of SHAPES.entries()) {
      const options = { dtype: (['F32', 'BF16', 'F16'] as const)[i % 3]!, transposed: i % 2 === 1 };
      const source = writeTensor(floatsOf(normal, channels * inputs, i), channels, inputs, options);
      const { view } = source;
      const x = worker.read(source);
      const file = new TargetFile(partsOf(view, quantizer));
      const [result] = await worker.call('tensor/quantize', [
        quantizeItemOf(source, quantizer, { targets: file.targets }),
      ]);
      const levels = expectedLevels(x, view, quantizer);
      const { codes, decoded } = expectedOf(x, view, quantizer, levels);
      expect(file.read('codebook')).toEqual(floatBytes(levels, quantizer.levelDtype!));
      const { bits } = quantizer;
      const rowBytes = Math.ceil((inputs * bits) / 8);
      expect([...unpackCodes(file.read('codes'), rowBytes, channels, inputs, bits, 0)]).toEqual(codes);
      expect(file.isCleanBetween()).toBe(true);
      expect(result).toMatchObject({
        sums: { ...compareValues(x, decoded), clipped: 0, clippedSquaredError: 0 },
        runs: null,
        saturatedScales: 0,
      });
      const packed = packedOf(source, quantizer, file);
      expect(worker.read(packed)).toEqual(decoded);
      const rows = { start: Math.floor(channels / 2), end: channels };
      expect(worker.read(packed, rows)).toEqual(decoded.subarray(rows.start * inputs));
      const verify = { item: 0, source, saved: packed, rows: allRows(source), identical: false } as const;
      const [verified] = await worker.call('tensor/verify', [{ ...verify, nonFinite: 'refuse' }]);
      expect(verified?.sums).toEqual({ ...result?.sums, clipped: null, clippedSquaredError: null });
    }
  });

  test('the levels that a search found serve the whole tensor, chunk by chunk', async () => {
    const worker = await testWorker({ backend, limits });
    const quantizer = codebook({ id: 'lloyd-max', bits: 5 });
    const source = writeTensor(floatsOf(normal, 96 * 128, 4), 96, 128, { dtype: 'BF16' });
    const x = worker.read(source);
    const search: TensorSearch = { kind: 'levels', levels: searchedLevels(x, quantizer) };
    const [whole, cut] = [0, 1].map(() => new TargetFile(partsOf(source.view, quantizer)));
    const [expected] = await worker.call('tensor/quantize', [
      quantizeItemOf(source, quantizer, { search, targets: whole!.targets }),
    ]);
    // 32 channels of 128 are a run of 4,096.
    const items = [64, 0, 32].map((start, item) =>
      quantizeItemOf(source, quantizer, { item, search, rows: { start, end: start + 32 }, targets: cut!.targets }),
    );
    const results = await worker.call('tensor/quantize', items);
    const records = Float64Array.from([1, 2, 0].flatMap((i) => [...results[i]!.runs!]));
    expect(sumRuns(records, x.length, 'full')).toEqual(expected?.sums);
    for (const name of ['codes', 'codebook']) expect(cut!.read(name)).toEqual(whole!.read(name));
    expect(whole!.read('codebook')).toEqual(floatBytes(search.levels, 'F16'));
    const { decoded } = expectedOf(x, source.view, quantizer, search.levels);
    expect(expected?.sums).toEqual({ ...compareValues(x, decoded), clipped: 0, clippedSquaredError: 0 });
  });

  test("x' is rounded as the loader of plain values rounds it, and counted over bins", async () => {
    const worker = await testWorker({ backend, limits });
    const quantizer = codebook({ id: 'lloyd-max', bits: 3, unit: 'channel', levelDtype: 'F32' });
    const source = writeTensor(floatsOf(normal, 9 * 110, 6), 9, 110, { transposed: true });
    const x = worker.read(source);
    const levels = expectedLevels(x, source.view, quantizer);
    const decoded = expectedOf(x, source.view, quantizer, levels).decoded.map(roundToBF16);
    const { shape } = source.data;
    const file = new TargetFile([{ name: 'values', dtype: 'BF16', shape, content: { kind: 'values' } }]);
    const item = quantizeItemOf(source, quantizer, { roundTo: 'BF16', targets: file.targets });
    const [result] = await worker.call('tensor/quantize', [item]);
    expect(result?.sums).toEqual({ ...compareValues(x, decoded), clipped: 0, clippedSquaredError: 0 });
    const values: RawSource = { ...source, data: file.stored('values') };
    expect(worker.read(values)).toEqual(decoded);

    const bins = { bins: 64, low: -0.1, high: 0.1 };
    const [histogram] = await worker.call('tensor/decoded-histogram', [{ ...item, targets: [], ...bins }]);
    const [ofSaved] = await worker.call('tensor/decoded-histogram', [
      { ...quantizeItemOf(values, quantizer), quantizer: null, ...bins },
    ]);
    expect(histogram?.counts).toEqual(ofSaved?.originalCounts);
  });

  test.each(['lloyd-max', 'levels'] as const)('%s refuses weights that are not finite, or clamps them', async (id) => {
    const worker = await testWorker({ backend, limits });
    const quantizer = codebook(id === 'levels' ? { id, levels: [-1, 0, 1] } : { id, bits: 2, unit: 'channel' });
    const values = floatsOf(normal, 6 * 40, 9);
    const clamped = values.slice();
    const largest = Math.max(...Array.from(values, Math.abs));
    for (const [i, value, instead] of [
      [50, Number.NaN, 0],
      [130, Number.POSITIVE_INFINITY, largest],
      [131, Number.NEGATIVE_INFINITY, -largest],
    ] as const) {
      values[i] = value;
      clamped[i] = instead;
    }
    const source = writeTensor(values, 6, 40);
    const finite = writeTensor(clamped, 6, 40);
    await expect(worker.call('tensor/quantize', [quantizeItemOf(source, quantizer)])).rejects.toMatchObject({
      code: 'tensor/non-finite',
    });
    const files = [0, 1].map(() => new TargetFile(partsOf(source.view, quantizer)));
    const [result, expected] = await worker.call('tensor/quantize', [
      quantizeItemOf(source, quantizer, { nonFinite: 'clamp', targets: files[0]!.targets }),
      quantizeItemOf(finite, quantizer, { targets: files[1]!.targets }),
    ]);
    expect(result?.sums).toEqual(expected?.sums);
    for (const name of ['codes', 'codebook']) expect(files[0]!.read(name)).toEqual(files[1]!.read(name));
  });

  test.each([
    ['zeros', 0],
    ['a constant', 0.3701171875],
    ['denormals of F32', 3e-42],
    ['1e30', 1e30],
  ])('%s decode to themselves by F32 levels', async (_name, value) => {
    const worker = await testWorker({ backend, limits });
    const quantizer = codebook({ id: 'lloyd-max', bits: 4, unit: 'channel', levelDtype: 'F32' });
    const source = writeTensor(new Float32Array(3 * 130).fill(value), 3, 130);
    const file = new TargetFile(partsOf(source.view, quantizer));
    const [result] = await worker.call('tensor/quantize', [
      quantizeItemOf(source, quantizer, { targets: file.targets }),
    ]);
    expect(result?.sums).toMatchObject({ squaredError: 0, maxError: 0, zeroed: 0 });
    expect(worker.read(packedOf(source, quantizer, file))).toEqual(worker.read(source));
  });
});

test('levels of a channel do not depend on the sizes of blocks', async () => {
  const quantizer = codebook({ id: 'lloyd-max', bits: 4, unit: 'channel' });
  const source = writeTensor(floatsOf(normal, 20 * 700, 3), 20, 700, { dtype: 'F16', transposed: true });
  const outcomes: unknown[] = [];
  for (const limits of [DEFAULT_LIMITS, TINY_LIMITS, { ...DEFAULT_LIMITS, tileElements: 1500, writeBytes: 1 }]) {
    const worker = await testWorker({ limits });
    const file = new TargetFile(partsOf(source.view, quantizer));
    const [result] = await worker.call('tensor/quantize', [
      quantizeItemOf(source, quantizer, { targets: file.targets }),
    ]);
    outcomes.push({ sums: result?.sums, codes: file.read('codes'), levels: file.read('codebook') });
  }
  for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
});

test('rows too long to be sorted are refused by name before anything is read', async () => {
  const worker = await testWorker();
  const source = writeTensor(Float32Array.of(1), 1, 1);
  const long = { ...source, view: { ...source.view, inputs: 5_000_000 } };
  const item = quantizeItemOf(long, codebook({ id: 'lloyd-max', unit: 'channel' }));
  await expect(worker.call('tensor/quantize', [item])).rejects.toMatchObject({
    code: 'quantizer/row-too-long',
    args: { id: 'lloyd-max', tensor: 'w', inputs: 5_000_000 },
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import { FloatBuckets } from '../../src/core/search/floatBuckets.ts';
import { lloydMax } from '../../src/core/search/lloydMax.ts';
import { storeLevels } from '../../src/core/search/storeLevels.ts';
import { type Kernels, RUN_CLIPPED, RUN_SQUARED_ERROR, type SumsWanted } from '../../src/kernels/kernels.ts';
import { eachBackend, loadTestKernels } from './support/backends.ts';
import { channelLevels, type EncodeOptions, encodeByLevels } from './support/codebook.ts';
import { totalOfRecords, unpackCodes } from './support/quantize.ts';
import { DISTRIBUTIONS, floatsOf, seeded } from './support/seeded.ts';

let ref: Kernels;
let wasm: Kernels;
beforeAll(async () => {
  ref = await loadTestKernels('ref');
  wasm = await loadTestKernels('wasm');
});

/** Its tables are large. */
const buckets = new FloatBuckets();

const ALL_BITS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Channels and inputs: ragged rows, one element, runs that end inside rows, rows longer than a stripe. */
const SHAPES: readonly (readonly [number, number])[] = [
  [1, 1],
  [3, 5],
  [33, 65],
  [2, 4099],
  [1, 20011],
];

/** Ascending levels drawn from a distribution; the last of them `repeated` times in all. */
function levelsFrom(
  distribution: (random: () => number) => number,
  count: number,
  seed: number,
  repeated = 1,
): Float32Array {
  const levels = floatsOf(distribution, count - repeated + 1, seed).sort();
  const padded = new Float32Array(count).fill(levels[levels.length - 1] as number);
  padded.set(levels);
  return padded;
}

/** An F32 as a multiple of 2^-149. */
function exactly(x: number): bigint {
  const bits = new Uint32Array(Float32Array.of(x).buffer)[0] as number;
  const exponent = (bits >>> 23) & 0xff;
  const mantissa = BigInt((bits & 0x7fffff) + (exponent === 0 ? 0 : 0x800000));
  const magnitude = mantissa << BigInt(Math.max(0, exponent - 1));
  return bits >>> 31 === 1 ? -magnitude : magnitude;
}

/** The index of the nearest level by comparing all distances without any rounding; the lowest on a tie, of equal levels the highest for a value above them. */
function nearestByDistance(x: number, levels: readonly bigint[]): number {
  const value = exactly(x);
  let nearest = 0;
  let least: bigint | null = null;
  levels.forEach((level, code) => {
    const distance = value < level ? level - value : value - level;
    if (least !== null && distance >= least) return;
    least = distance;
    nearest = code;
  });
  return value > levels[nearest]! ? levels.lastIndexOf(levels[nearest]!) : nearest;
}

function codesOf(kernels: Kernels, x: Float32Array, bits: number, levels: Float32Array): number[] {
  const { codes } = encodeByLevels(kernels, x, 1, x.length, bits, levels);
  const signed = unpackCodes(codes, codes.length, 1, x.length, bits);
  return Array.from(signed, (code) => code + 2 ** (bits - 1));
}

/** Compared as text: bit for bit, -0 and NaN included. */
function hexOf(arrays: Readonly<Record<string, ArrayBufferView>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { buffer, byteOffset, byteLength }]) => [
      name,
      Buffer.from(buffer, byteOffset, byteLength).toString('hex'),
    ]),
  );
}

for (const { backend, load } of eachBackend()) {
  describe(`the code of a weight, ${backend} backend`, () => {
    for (const [name, distribution] of Object.entries(DISTRIBUTIONS)) {
      test(`is that of the nearest level in exact arithmetic: ${name}`, async () => {
        const kernels = await load();
        for (const bits of [1, 2, 3, 4, 5, 8]) {
          const levels = levelsFrom(distribution, 2 ** bits, bits, bits === 3 ? 4 : 1);
          // Weights of their own, every level, and the F32 around the middle of two levels.
          const weights = floatsOf(distribution, 300, 99 + bits);
          const x = Float32Array.from([...weights, ...levels, ...middlesOf(levels)]);
          const exactLevels = Array.from(levels, exactly);
          const expected = Array.from(x, (value) => nearestByDistance(value, exactLevels));
          expect(codesOf(kernels, x, bits, levels), `${bits} bits`).toEqual(expected);
        }
      });
    }

    test('is the lower one on a tie; above equal levels it is the highest of theirs', async () => {
      const kernels = await load();
      const x = Float32Array.from([0.5, 1.5, 1, 1.25, 2, 3, -4, 2.5, 0]);
      expect(codesOf(kernels, x, 2, Float32Array.from([0, 1, 2, 3]))).toEqual([0, 1, 1, 1, 2, 3, 0, 2, 0]);
      expect(codesOf(kernels, x, 2, Float32Array.from([1, 1, 2, 2]))).toEqual([0, 1, 0, 1, 2, 3, 0, 3, 0]);
      expect(codesOf(kernels, Float32Array.from([-0, 0]), 1, Float32Array.from([-0, 0]))).toEqual([0, 0]);
    });

    test('is as exact where the levels lie 2^250 apart', async () => {
      const kernels = await load();
      const levels = Float32Array.from([-1e38, 1e-40, 2 ** -30, 1e38]);
      const x = Float32Array.from([-5e37, ...middlesOf(levels), 2 ** 120]);
      const exactLevels = Array.from(levels, exactly);
      expect(codesOf(kernels, x, 2, levels)).toEqual(Array.from(x, (value) => nearestByDistance(value, exactLevels)));
    });

    test('decodes to its level, and nothing is clipped', async () => {
      const kernels = await load();
      const levels = levelsFrom(DISTRIBUTIONS.normal as () => number, 32, 4);
      const x = floatsOf(DISTRIBUTIONS.outliers as () => number, 700, 8);
      const { decoded, restored, records } = encodeByLevels(kernels, x, 7, 100, 5, levels);
      expect(restored).toEqual(decoded);
      for (const value of decoded) expect(levels).toContain(value);
      const sums = totalOfRecords(records);
      expect(sums[RUN_CLIPPED]).toBe(0);
      expect(sums[RUN_SQUARED_ERROR]).toBeCloseTo(
        x.reduce((sum, value, i) => sum + (value - decoded[i]!) ** 2, 0),
        6,
      );
    });
  });
}

/** The F32 nearest to the middle of each two levels, and its neighbours. */
function middlesOf(levels: Float32Array): number[] {
  const middles: number[] = [];
  for (let i = 0; i + 1 < levels.length; i++) {
    const float = Float32Array.of((levels[i]! + levels[i + 1]!) / 2);
    const bits = new Uint32Array(float.buffer);
    middles.push(float[0]!);
    if (float[0] === 0) continue;
    bits[0]!++;
    if (Number.isFinite(float[0])) middles.push(float[0]!);
    bits[0]! -= 2;
    middles.push(float[0]!);
  }
  return middles;
}

describe('the WASM twin of encoding by levels gives the bytes and sums of the reference', () => {
  for (const bits of ALL_BITS) {
    test(`${bits} bits on every shape, by the levels of the tensor and of each channel`, () => {
      const distributions = Object.values(DISTRIBUTIONS);
      let seed = 10 * bits;
      for (const [channels, inputs] of SHAPES) {
        for (const perTensor of [true, false]) {
          seed++;
          const distribution = distributions[seed % distributions.length]!;
          const x = floatsOf(distribution, channels * inputs, seed);
          const levels = new Float32Array((perTensor ? 1 : channels) * 2 ** bits);
          for (let start = 0; start < levels.length; start += 2 ** bits) {
            levels.set(levelsFrom(distribution, 2 ** bits, seed + start, 1 + (start % 2)), start);
          }
          const options: EncodeOptions = {
            roundTo: ([null, 'BF16', 'F16'] as const)[seed % 3]!,
            wanted: (seed % 2 === 0 ? 'full' : 'basic') satisfies SumsWanted,
            misalign: 4 * (seed % 4),
            padding: seed % 3,
          };
          const truth = encodeByLevels(ref, x, channels, inputs, bits, levels, options);
          const twin = encodeByLevels(wasm, x, channels, inputs, bits, levels, options);
          expect(hexOf({ ...twin })).toEqual(hexOf({ ...truth }));
        }
      }
    });
  }

  test('levels that crowd inside one pattern of the upper bits are told apart', () => {
    const levels = Float32Array.from({ length: 256 }, (_, i) => 1 + i * 2 ** -20);
    const random = seeded(3);
    const x = Float32Array.from({ length: 9000 }, () => 1 + (random() - 0.2) * 2 ** -11);
    const truth = encodeByLevels(ref, x, 1, 9000, 8, levels);
    expect(hexOf({ ...encodeByLevels(wasm, x, 1, 9000, 8, levels) })).toEqual(hexOf({ ...truth }));
  });
});

describe('Lloyd-Max levels of each channel', () => {
  for (const [name, distribution] of Object.entries(DISTRIBUTIONS)) {
    test(`are those of the search over buckets, on both backends: ${name}`, () => {
      for (const [i, [channels, inputs]] of SHAPES.slice(0, 4).entries()) {
        const x = floatsOf(distribution, channels * inputs, i);
        for (const bits of [1, 3, 4, 8]) {
          const dtype = bits === 3 ? 'F32' : 'F16';
          const truth = channelLevels(ref, x, channels, inputs, bits, dtype);
          expect(hexOf({ levels: channelLevels(wasm, x, channels, inputs, bits, dtype) })).toEqual(
            hexOf({ levels: truth }),
          );
          const lastRow = x.slice((channels - 1) * inputs);
          buckets.add(new Uint32Array(lastRow.buffer));
          const searched = storeLevels(lloydMax(buckets.take(), bits).levels, dtype);
          expect(truth.slice((channels - 1) * 2 ** bits)).toEqual(searched);
        }
      }
    });
  }

  test('of values that are not finite are NaN, and the other rows keep theirs', () => {
    const x = floatsOf(DISTRIBUTIONS.normal as () => number, 4 * 50, 2);
    x[60] = Number.POSITIVE_INFINITY;
    x[110] = Number.NEGATIVE_INFINITY;
    x[160] = Number.NaN;
    for (const kernels of [ref, wasm]) {
      const levels = channelLevels(kernels, x, 4, 50, 2, 'F32');
      expect([...levels].map(Number.isNaN)).toEqual([...new Array(4).fill(false), ...new Array(12).fill(true)]);
      expect(levels.slice(0, 4)).toEqual(channelLevels(kernels, x.slice(0, 50), 1, 50, 2, 'F32'));
    }
  });

  test.each(ALL_BITS)(
    'of %i bits never leave a larger error than uniform cells, within the rounding of F32',
    (bits) => {
      const x = floatsOf(DISTRIBUTIONS.outliers as () => number, 6 * 2000, bits);
      const levels = channelLevels(wasm, x, 6, 2000, bits, 'F32');
      const cells = new Float32Array(levels.length);
      for (let row = 0; row < 6; row++) {
        const weights = x.subarray(2000 * row, 2000 * (row + 1));
        const [min, max] = [Math.min(...weights), Math.max(...weights)];
        for (let i = 0; i < 2 ** bits; i++) cells[row * 2 ** bits + i] = min + ((i + 0.5) / 2 ** bits) * (max - min);
      }
      const errorBy = (of: Float32Array): number =>
        totalOfRecords(encodeByLevels(wasm, x, 6, 2000, bits, of).records)[RUN_SQUARED_ERROR]!;
      expect(errorBy(levels)).toBeLessThanOrEqual(errorBy(cells) * (1 + 1e-6));
    },
  );
});

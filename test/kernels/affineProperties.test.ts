import { describe, expect, test } from 'vitest';
import { decodeRuleOf, storedCodeOffset } from '../../src/core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer, ScaleDtype } from '../../src/core/quantizers/quantizer.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { affineQuantizer, bitsOf } from './support/affineQuantizer.ts';
import { Arena } from './support/arena.ts';
import { eachBackend } from './support/backends.ts';
import { CLIPPED_PRESETS, CLIPS } from './support/clips.ts';
import { type QuantizedTensor, quantize, unpackCodes } from './support/quantize.ts';
import { DISTRIBUTIONS, floatsOf, seeded } from './support/seeded.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;
const SCALE_DTYPES: readonly ScaleDtype[] = ['F32', 'F16', 'BF16'];
/** Relative error of rounding a scale to its dtype. */
const ROUNDING = { F32: 2 ** -24, F16: 2 ** -11, BF16: 2 ** -8 } as const;
/** Up to here a zero-point leaves room for the codes in the 24 bits of an F32. */
const MOST_ZERO = 2 ** 21;

/** Σ(x - x')² of each slice. */
function errorsOf(x: Float32Array, { decoded }: QuantizedTensor, sliceLength: number): number[] {
  const errors = new Array<number>(x.length / sliceLength).fill(0);
  x.forEach((value, i) => {
    errors[Math.floor(i / sliceLength)]! += (value - decoded[i]!) ** 2;
  });
  return errors;
}

/** Codes of one slice, unsigned, for parameters that are given. */
function encodeWith(kernels: Kernels, x: Float32Array, quantizer: AffineQuantizer, of: QuantizedTensor): number[] {
  const arena = new Arena(kernels);
  const n = x.length;
  const parameters = {
    scale: arena.put(of.scale),
    zero: of.zero.length === 0 ? 0 : arena.put(of.zero),
    multiplier: of.multiplier.length === 0 ? 0 : arena.put(of.multiplier),
    perTensor: false,
  };
  const rowBytes = Math.ceil((n * quantizer.bits) / 8);
  const codes = arena.allocate(rowBytes);
  const block = { x: arena.put(x), rows: 1, inputs: n, groupSize: n };
  kernels.affineEncode(block, quantizer, parameters, null, codes, rowBytes, 0, arena.runState(n), 'full');
  return [...unpackCodes(arena.take(codes, rowBytes), rowBytes, 1, n, quantizer.bits, 0)];
}

/** x' of every code of one slice. */
function gridOf(kernels: Kernels, { bits, rule }: AffineQuantizer, of: QuantizedTensor): Float32Array {
  const arena = new Arena(kernels);
  const n = 2 ** bits;
  const x = arena.allocate(4 * n);
  const parameters = {
    scale: arena.put(of.scale),
    zero: of.zero.length === 0 ? 0 : arena.put(of.zero),
    multiplier: 0,
    perTensor: false,
  };
  const block = { x, rows: 1, inputs: n, groupSize: n };
  // One code a byte: unsigned ones as a stream of 8 bits a code, signed ones as they are.
  const decodeRule = decodeRuleOf(rule);
  const offset = storedCodeOffset(decodeRule, bits);
  const codes = arena.put(Int8Array.from({ length: n }, (_, code) => code - offset));
  kernels.affineDecode(block, decodeRule, codes, offset === 0 ? 'stream' : 'i8', 8, n, parameters, null);
  return arena.takeFloats(x, n);
}

for (const { backend, load } of eachBackend()) {
  describe.each(CLIPPED_PRESETS)(`%s, ${backend} backend`, (preset) => {
    test('least-squares clipping is never worse than none, slice by slice', async () => {
      const kernels = await load();
      let seed = preset.length;
      for (const distribution of Object.values(DISTRIBUTIONS)) {
        for (const bits of bitsOf(preset)) {
          const quantizer = affineQuantizer(preset, bits, 'group', 50, SCALE_DTYPES[seed % 3]!);
          const x = floatsOf(distribution, 4 * 100, seed++);
          const plain = errorsOf(x, quantize(kernels, x, 4, 100, quantizer), 50);
          const least = errorsOf(x, quantize(kernels, x, 4, 100, { ...quantizer, clip: CLIPS.mse! }), 50);
          // In another order of summation equal errors may differ in the last digits.
          least.forEach((error, i) => void expect(error).not.toBeGreaterThan(plain[i]! * (1 + 1e-12)));
        }
      }
    });

    test('codes decode inside the interval, widened by half a step and the rounding of the scale', async () => {
      const kernels = await load();
      let seed = 7;
      for (const [name, clip] of [['none', undefined] as const, ...Object.entries(CLIPS)]) {
        for (const bits of bitsOf(preset)) {
          const scaleDtype = SCALE_DTYPES[seed % 3]!;
          const base = affineQuantizer(preset, bits, 'channel', null, scaleDtype);
          const quantizer = clip === undefined ? base : { ...base, clip };
          const x = floatsOf(seed % 2 === 0 ? normal : DISTRIBUTIONS.shifted!, 300, seed++);
          const found = quantize(kernels, x, 1, 300, quantizer);
          const isOneEnd = quantizer.rule === 'symmetric';
          const high = isOneEnd ? Math.abs(found.high[0]!) : found.high[0]!;
          const low = isOneEnd ? -high : found.low[0]!;
          // A clip beside all weights leaves a point, which has no step.
          if (low === high) continue;
          const step = Math.abs(found.scale[0]!);
          const slack = step / 2 + 2 ** bits * step * ROUNDING[scaleDtype] + Math.max(-low, high) * 2 ** -20;
          for (const value of found.decoded) {
            expect(value, `${name} ${bits} ${scaleDtype}`).toBeGreaterThanOrEqual(low - slack);
            expect(value, `${name} ${bits} ${scaleDtype}`).toBeLessThanOrEqual(high + slack);
          }
        }
      }
    });

    test('what codes decode to is encoded to the same codes', async () => {
      const kernels = await load();
      const random = seeded(11);
      for (const bits of bitsOf(preset)) {
        for (let round = 0; round < 40; round++) {
          const quantizer = affineQuantizer(preset, bits, 'channel', null, SCALE_DTYPES[round % 3]!);
          // From slices about 0 to slices whose distance from it is half a million of their width.
          const shift = round < 10 ? 0 : (2 * random() - 1) * 2 ** (random() * (22 - bits));
          const x = Float32Array.from({ length: 64 }, () => shift + random());
          const found = quantize(kernels, x, 1, 64, quantizer);
          const zero = quantizer.rule === 'cells' ? found.zero[0]! / found.scale[0]! : (found.zero[0] ?? 0);
          if (!(Math.abs(zero) < MOST_ZERO)) continue;
          const offset = storedCodeOffset(decodeRuleOf(quantizer.rule), bits);
          const codes = Array.from({ length: 2 ** bits }, (_, code) => code);
          const reached = codes.filter((code) => code - offset >= quantizer.lo && code - offset <= quantizer.hi);
          const grid = gridOf(kernels, quantizer, found);
          const values = Float32Array.from(reached, (code) => grid[code]!);
          expect(encodeWith(kernels, values, quantizer, found), `${bits} bits, shift ${shift}`).toEqual(reached);
        }
      }
    });

    test('zeros decode to zeros, and a constant is decoded to what its grid has nearest to it', async () => {
      const kernels = await load();
      for (const clip of [undefined, ...Object.values(CLIPS).filter(({ kind }) => kind !== 'absolute')]) {
        for (const bits of bitsOf(preset)) {
          const base = affineQuantizer(preset, bits, 'group', 32, 'F32');
          const quantizer = clip === undefined ? base : { ...base, clip };
          const zeros = quantize(kernels, new Float32Array(70), 1, 70, quantizer);
          expect([...zeros.decoded].every((value) => value === 0)).toBe(true);
          const constant = quantize(kernels, new Float32Array(70).fill(0.37), 1, 70, quantizer);
          const step = Math.abs(constant.scale[0]!);
          for (const value of constant.decoded) expect(Math.abs(value - 0.37)).toBeLessThanOrEqual(step / 2 + 1e-6);
          if (preset === 'uniform') expect([...constant.decoded]).toEqual(Array(70).fill(Math.fround(0.37)));
        }
      }
    });

    test('more bits never raise the squared error of 4,096 normal weights', async () => {
      const kernels = await load();
      const x = floatsOf(normal, 4096, 5);
      for (const [channels, clip] of [
        [1, undefined],
        [16, undefined],
        [16, CLIPS.mse],
      ] as const) {
        let before = Number.POSITIVE_INFINITY;
        for (const bits of bitsOf(preset)) {
          const base = affineQuantizer(preset, bits, 'channel', null, 'F16');
          const quantizer = clip === undefined ? base : { ...base, clip };
          const found = quantize(kernels, x, channels, 4096 / channels, quantizer);
          const [error = 0] = errorsOf(x, found, 4096);
          expect(error, `${bits} bits`).toBeLessThanOrEqual(before);
          before = error;
        }
      }
    });
  });

  test(`more bits never raise the squared error of nested grids, whatever the weights, ${backend} backend`, async () => {
    const kernels = await load();
    for (const [name, distribution] of Object.entries(DISTRIBUTIONS)) {
      if (name === 'denormal') continue; // Scales that are rounded to multiples of 2^-149 are not nested.
      const x = floatsOf(distribution, 40 * 16, 3);
      let before = new Array<number>(40).fill(Number.POSITIVE_INFINITY);
      for (const bits of bitsOf('absmax-full')) {
        const quantizer = affineQuantizer('absmax-full', bits, 'group', 16, 'F32');
        const errors = errorsOf(x, quantize(kernels, x, 4, 160, quantizer), 16);
        errors.forEach(
          (error, i) => void expect(error, `${name} ${bits}`).toBeLessThanOrEqual(before[i]! * (1 + 1e-6)),
        );
        before = errors;
      }
    }
  });
}

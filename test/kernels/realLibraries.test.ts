import { describe, expect, test, vi } from 'vitest';
import { decodeBF16, roundToBF16 } from '../../src/core/numbers/bfloat16.ts';
import { decodeF16, roundToF16 } from '../../src/core/numbers/float16.ts';
import { roundsOfSolver } from '../../src/core/quantizers/hqqSolver.ts';
import type { AffineQuantizer } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { eachBackend } from './support/backends.ts';
import { type GoldenTensor, readGolden } from './support/goldenFile.ts';
import { quantize, unpackCodes } from './support/quantize.ts';
import { solve } from './support/solve.ts';

vi.setConfig({ testTimeout: 60_000 });

/* Quantized again from the same weights as the libraries had: what their files hold (test/fixtures/packed). */

const source = readGolden('../packed/source-tiny-llama/model');

function floatsOf({ dtype, bytes }: GoldenTensor): Float32Array {
  if (dtype === 'F32') return new Float32Array(bytes.slice().buffer);
  const decode = dtype === 'BF16' ? decodeBF16 : decodeF16;
  return Float32Array.from(new Uint16Array(bytes.slice().buffer), decode);
}

const ROUND: Readonly<Record<string, (x: number) => number>> = { F32: Math.fround, BF16: roundToBF16, F16: roundToF16 };

/** [rows, columns] to [columns, rows]. */
function transpose<Values extends Float32Array | number[]>(values: Values, rows: number): Values {
  const columns = values.length / rows;
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!) as Values;
}

/**
 * HQQ packs along the rows of the matrix of codes: the first rows lie in the highest bits of a byte, of 3 bits in those of
 * an I32 that holds ten (its rows padded).
 */
function unpackRows({ dtype, bytes }: GoldenTensor, bits: number, rows: number, columns: number): number[] {
  const words = dtype === 'I32' ? new Int32Array(bytes.slice().buffer) : bytes;
  const step = words.length / columns;
  const perWord = dtype === 'I32' ? 10 : 8 / bits;
  return Array.from({ length: rows * columns }, (_, i) => {
    const row = Math.floor(i / columns);
    const place = Math.floor(row / step);
    const word = words[(row % step) * columns + (i % columns)]!;
    return (word >>> (bits * (perWord - 1 - place))) & (2 ** bits - 1);
  });
}

function differing(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).filter((value, i) => value !== b[i]).length;
}

/**
 * Every scale is equal. The library's means are in F32 in an order of its own, and its β stays at 10 where the definition has
 * it grow: zero-points of groups with errors above 0.14 differ by that, and codes of weights near a tie with them. `codes` and
 * `zeros` say of how many at most, of 147,456 codes and of a zero-point a group; of F32 zero-points the last bits do not count.
 */
const HQQ_FILES = [
  { file: 'hqq-4bit-g64', bits: 4, groupSize: 64, axis: 1, codes: 0, zeros: 0 },
  { file: 'hqq-8bit-g128', bits: 8, groupSize: 128, axis: 1, codes: 6, zeros: 0 },
  { file: 'hqq-2bit-g16', bits: 2, groupSize: 16, axis: 1, codes: 10, zeros: 18 },
  { file: 'hqq-1bit-g64', bits: 1, groupSize: 64, axis: 1, codes: 2, zeros: 464 },
  { file: 'hqq-3bit-g64-axis0', bits: 3, groupSize: 64, axis: 0, codes: 6, zeros: 21 },
] as const;

for (const { backend, load } of eachBackend()) {
  describe(`${backend} backend`, () => {
    test.each(HQQ_FILES)('$file of hqq 0.2.8 has our scales, codes and zero-points', async (of) => {
      const kernels = await load();
      const { bits, groupSize, axis } = of;
      const quantizer = resolveQuantizer({ id: 'hqq', bits, groupSize, scaleDtype: 'F32' }) as AffineQuantizer;
      const saved = readGolden(`../packed/hqq/${of.file}`);
      let [codes, otherCodes, otherZeros] = [0, 0, 0];
      for (const module of [...saved.keys()].filter((name) => name.endsWith('.W_q')).map((name) => name.slice(0, -4))) {
        const weights = floatsOf(source.get(`${module}.weight`)!);
        const groups = weights.length / groupSize;
        // Axis 0: a group is a column of the weights as [groupSize, groups].
        const x = axis === 1 ? weights : transpose(weights, groupSize);
        const packed = saved.get(`${module}.W_q`)!;
        const theirs =
          axis === 1
            ? unpackRows(packed, bits, groups, groupSize)
            : transpose(unpackRows(packed, bits, groupSize, groups), groupSize);
        const rounds = roundsOfSolver(solve(kernels, x, groups, groupSize, quantizer).errors);
        const ours = solve(kernels, x, groups, groupSize, quantizer, rounds);
        const scale = saved.get(`${module}.scale`)!;
        const round = ROUND[scale.dtype]!;
        expect(ours.scale.map(round), module).toEqual(floatsOf(scale));
        const zeros = floatsOf(saved.get(`${module}.zero`)!);
        // F32: more than the last bits; else another value at all.
        const tolerance = scale.dtype === 'F32' ? 2 ** -20 : 0;
        otherZeros += [...ours.zero].filter((zero, i) => {
          return Math.abs(round(zero) - zeros[i]!) > tolerance * Math.abs(zero);
        }).length;
        codes += theirs.length;
        otherCodes += differing(ours.codes, theirs);
      }
      expect(codes).toBe(147456);
      expect(otherCodes).toBeLessThanOrEqual(of.codes);
      expect(otherZeros).toBeLessThanOrEqual(of.zeros);
    });

    test('LLM.int8 of bitsandbytes 0.50 has our codes and row maxima, all of them', async () => {
      const kernels = await load();
      const quantizer = resolveQuantizer({ id: 'llm-int8' }) as AffineQuantizer;
      const saved = readGolden('../packed/bitsandbytes-int8/model');
      const decoded = readGolden('../packed/bitsandbytes-int8/dequantized');
      const modules = [...saved.keys()].filter((name) => name.endsWith('.SCB')).map((name) => name.slice(0, -4));
      expect(modules.length).toBeGreaterThan(6);
      for (const module of modules) {
        const weight = source.get(`${module}.weight`)!;
        const [channels = 0, inputs = 0] = weight.shape;
        const ours = quantize(kernels, floatsOf(weight), channels, inputs, quantizer);
        const codes = new Int8Array(saved.get(`${module}.weight`)!.bytes.slice().buffer);
        expect([...unpackCodes(ours.codes, ours.rowBytes, channels, inputs, 8)], module).toEqual([...codes]);
        expect(ours.scale, module).toEqual(floatsOf(saved.get(`${module}.SCB`)!));
        expect(ours.decoded, module).toEqual(floatsOf(decoded.get(`${module}.weight`)!));
      }
    });
  });
}

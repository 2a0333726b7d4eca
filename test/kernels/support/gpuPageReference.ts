import { HQQ_ROUNDS } from '../../../src/core/quantizers/hqqSolver.ts';
import type { AffineQuantizer, BinaryQuantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { Kernels } from '../../../src/kernels/kernels.ts';
import type { WeightDtype } from '../../../src/kernels/wgsl/searchKernel.ts';
import { Arena } from './arena.ts';
import { readGolden } from './goldenFile.ts';

/** Weights as the page searches them, and decoded as the reference does. */
export interface Weights {
  readonly name: string;
  readonly dtype: WeightDtype;
  readonly bytes: Uint8Array;
  readonly x: Float32Array;
  readonly rows: number;
  readonly inputs: number;
}

/** Golden inputs of each dtype: slices that do not fill their groups, outliers, constants and zeros among them. */
export function goldenWeights(ref: Kernels, ...names: readonly string[]): Weights[] {
  const golden = readGolden('inputs');
  return names.map((name) => {
    const { dtype, shape, bytes } = golden.get(name)!;
    const [rows = 1, inputs = 1] = shape;
    const arena = new Arena(ref);
    const x = arena.allocate(4 * rows * inputs);
    ref.decode(dtype as WeightDtype, arena.put(bytes), x, rows * inputs);
    return { name, dtype: dtype as WeightDtype, bytes, rows, inputs, x: arena.takeFloats(x, rows * inputs) };
  });
}

/** Slices in the order of their parameters. */
export function slicesOf({ x, rows, inputs }: Weights, groupSize: number): Float32Array[] {
  const slices: Float32Array[] = [];
  for (let row = 0; row < rows; row++) {
    for (let start = 0; start < inputs; start += groupSize) {
      slices.push(x.slice(row * inputs + start, row * inputs + Math.min(start + groupSize, inputs)));
    }
  }
  return slices;
}

export function solveByReference(
  ref: Kernels,
  { x, rows, inputs }: Weights,
  quantizer: AffineQuantizer,
  rounds: number,
) {
  const arena = new Arena(ref);
  const groupSize = Math.min(quantizer.groupSize ?? inputs, inputs);
  const slices = rows * Math.ceil(inputs / groupSize);
  const block = { x: arena.put(x), rows, inputs, groupSize };
  const take = (): number => arena.allocate(4 * slices);
  const [low, high] = [take(), take()];
  const parameters = { scale: take(), zero: take(), multiplier: take(), perTensor: false };
  const errors = arena.allocate(8 * HQQ_ROUNDS);
  ref.affineSearch(block, quantizer.range, low, high, false);
  ref.affineParameters(quantizer, slices, low, high, parameters);
  ref.hqqSolve(block, quantizer.hi, rounds, parameters, errors);
  return {
    zero: arena.takeFloats(parameters.zero, slices),
    multiplier: arena.takeFloats(parameters.multiplier, slices),
    errors: arena.takeDoubles(errors, HQQ_ROUNDS),
  };
}

export function alphaByReference(
  ref: Kernels,
  { x, rows, inputs }: Weights,
  quantizer: BinaryQuantizer,
  slices: number,
): Float32Array {
  const arena = new Arena(ref);
  const groupSize = Math.min(quantizer.groupSize ?? inputs, inputs);
  const alpha = arena.allocate(4 * slices * quantizer.bits);
  const codes = arena.allocate(rows * inputs);
  ref.binaryEncode({ x: arena.put(x), rows, inputs, groupSize }, quantizer, alpha, codes, 0);
  return arena.takeFloats(alpha, slices * quantizer.bits);
}

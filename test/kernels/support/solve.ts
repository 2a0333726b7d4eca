import { HQQ_ROUNDS } from '../../../src/core/quantizers/hqqSolver.ts';
import type { AffineQuantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { Kernels } from '../../../src/kernels/kernels.ts';
import { Arena } from './arena.ts';
import { unpackCodes } from './quantize.ts';

export interface Solved {
  readonly scale: Float32Array;
  readonly zero: Float32Array;
  /** Codes, one an element. */
  readonly codes: number[];
  readonly decoded: Float32Array;
  /** Σ|e| of each round. */
  readonly errors: Float64Array;
}

/** Parameters, zero-points after `rounds` rounds of HQQ's solver, codes and x' of a tensor [channels, inputs] in one block. */
export function solve(
  kernels: Kernels,
  x: Float32Array,
  channels: number,
  inputs: number,
  quantizer: AffineQuantizer,
  rounds = HQQ_ROUNDS,
): Solved {
  const arena = new Arena(kernels);
  const groupSize = quantizer.groupSize ?? inputs;
  const block = { x: arena.put(x), rows: channels, inputs, groupSize };
  const slices = channels * Math.ceil(inputs / groupSize);
  const [low, high] = [arena.allocate(4 * slices), arena.allocate(4 * slices)];
  const [scale, zero, multiplier] = [0, 0, 0].map(() => arena.allocate(4 * slices)) as [number, number, number];
  const parameters = { scale, zero, multiplier, perTensor: false };
  const errors = arena.put(new Float64Array(HQQ_ROUNDS));
  const rowBytes = Math.ceil((inputs * quantizer.bits) / 8);
  const codes = arena.allocate(channels * rowBytes);
  const decoded = arena.allocate(4 * x.length);
  kernels.affineSearch(block, quantizer.range, low, high, false);
  kernels.affineParameters(quantizer, slices, low, high, parameters);
  kernels.hqqSolve(block, quantizer.hi, rounds, parameters, errors);
  const runs = arena.runState(x.length);
  kernels.affineEncode(block, quantizer, parameters, null, codes, rowBytes, decoded, runs, 'basic');
  const packed = arena.take(codes, channels * rowBytes);
  return {
    scale: arena.takeFloats(scale, slices),
    zero: arena.takeFloats(zero, slices),
    codes: [...unpackCodes(packed, rowBytes, channels, inputs, quantizer.bits, 0)],
    decoded: arena.takeFloats(decoded, x.length),
    errors: arena.takeDoubles(errors, HQQ_ROUNDS),
  };
}

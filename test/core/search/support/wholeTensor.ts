import { readFileSync } from 'node:fs';
import { decodeBF16 } from '../../../../src/core/numbers/bfloat16.ts';
import { decodeF16 } from '../../../../src/core/numbers/float16.ts';
import type { WeightedValues } from '../../../../src/core/search/weightedValues.ts';
import { readGolden } from '../../../kernels/support/goldenFile.ts';

type PerInput<Found> = Readonly<Record<string, Found>>;

/** What golden vectors say of whole tensors: by the quantizer's parameter, then by input. */
export interface WholeTensor {
  readonly percentile: Readonly<Record<string, PerInput<{ threshold: number; scale: number; mse: number }>>>;
  readonly kl: Readonly<Record<string, PerInput<KlFound>>>;
  readonly lloydMax: Readonly<Record<string, PerInput<number>>>;
  readonly fixedPoint: Readonly<Record<string, PerInput<number>>>;
  readonly optimalCodebook: Readonly<Record<string, { levels: number[]; mse: number }>>;
}

export interface KlFound {
  readonly candidate: number;
  readonly kl: number;
  readonly threshold: number;
  readonly scale: number;
  readonly mse: number;
}

const FILE = new URL('../../../fixtures/golden/wholeTensor.json', import.meta.url);

export const wholeTensor = JSON.parse(readFileSync(FILE, 'utf8')) as WholeTensor;

export interface GoldenInput {
  readonly dtype: string;
  readonly x: Float32Array;
}

/** The inputs of the golden vectors, decoded. */
export function goldenInputs(): Map<string, GoldenInput> {
  const inputs = new Map<string, GoldenInput>();
  for (const [name, { dtype, bytes }] of readGolden('inputs')) {
    const x =
      dtype === 'F32'
        ? new Float32Array(bytes.buffer)
        : Float32Array.from(new Uint16Array(bytes.buffer), dtype === 'BF16' ? decodeBF16 : decodeF16);
    inputs.set(name, { dtype, x });
  }
  return inputs;
}

/** Every value of a tensor with its count. */
export function weigh(x: ArrayLike<number>): WeightedValues {
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of Float64Array.from(x).sort()) {
    if (values.at(-1) === value) counts[counts.length - 1]! += 1;
    else {
      values.push(value + 0);
      counts.push(1);
    }
  }
  return { values: Float64Array.from(values), counts: Float64Array.from(counts) };
}

/**
 * Sign planes of the slices of a block: W ≈ Σ α_p·B_p, greedy on the residual R, B_p = sign(R) with sign(0) = +1, α stored in
 * F16 before R is taken on (R in F32, one rounding per operation). Twin: wasm/binaryEncode.ts.
 */

import { storeF16 } from '../../core/numbers/storeF16.ts';
import type { PlaneRule } from '../../core/quantizers/planeSequence.ts';
import type { BinaryQuantizer } from '../../core/quantizers/quantizer.ts';
import type { Block } from '../kernels.ts';
import { alternatingPlanes, proposedPlanes } from './alternatingPlanes.ts';
import type { Planes } from './planes.ts';
import type { RefMemory } from './refMemory.ts';
import { sumOverSlice } from './sliceSums.ts';
import { forEachSlice } from './slices.ts';

export function binaryEncode(
  memory: RefMemory,
  block: Block,
  { planes: rules, method }: BinaryQuantizer,
  alpha: number,
  codes: number,
): void {
  encodeSlices(memory, block, rules, alpha, codes, (x, greedy) =>
    method === 'alternating' ? alternatingPlanes(x, greedy) : greedy,
  );
}

/** As `binaryEncode` with refined planes, by α that were found elsewhere. Returns how many slices stayed greedy. */
export function binaryEncodeBy(
  memory: RefMemory,
  block: Block,
  { planes: rules }: BinaryQuantizer,
  alpha: number,
  codes: number,
  proposals: number,
): number {
  let refused = 0;
  encodeSlices(memory, block, rules, alpha, codes, (x, greedy, slice) => {
    const first = slice * rules.length;
    const proposed = Float32Array.from(rules, (_, plane) => memory.float32(proposals, first + plane));
    const planes = proposedPlanes(x, greedy, proposed);
    if (planes === greedy) refused++;
    return planes;
  });
  return refused;
}

function encodeSlices(
  memory: RefMemory,
  block: Block,
  rules: readonly PlaneRule[],
  alpha: number,
  codes: number,
  refine: (x: Float32Array, greedy: Planes, slice: number) => Planes,
): void {
  forEachSlice(block, (slice, first, length) => {
    const x = Float32Array.from({ length }, (_, i) => memory.float32(block.x, first + i));
    const planes = refine(x, greedyPlanes(x, rules), slice);
    planes.alpha.forEach((value, plane) => {
      memory.setFloat32(alpha, slice * rules.length + plane, value);
    });
    memory.bytes.set(planes.codes, codes + first);
  });
}

function greedyPlanes(x: Float32Array, rules: readonly PlaneRule[]): Planes {
  const alpha = new Float32Array(rules.length);
  const codes = new Uint8Array(x.length);
  const residual = x.slice();
  rules.forEach((rule, plane) => {
    const stored = storeF16(rule === 'l2' ? meanMagnitude(residual) : middleMagnitude(residual));
    alpha[plane] = stored;
    for (let i = 0; i < residual.length; i++) {
      const isPositive = residual[i]! >= 0;
      if (isPositive) codes[i]! |= 1 << plane;
      residual[i] = residual[i]! - (isPositive ? stored : -stored);
    }
  });
  return { alpha, codes };
}

/** The α of least squared error. */
function meanMagnitude(residual: Float32Array): number {
  return sumOverSlice(residual.length, (i) => Math.abs(residual[i]!)) / residual.length;
}

/** The α of least maximal error, in double. */
function middleMagnitude(residual: Float32Array): number {
  let largest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const value of residual) {
    const magnitude = Math.abs(value);
    if (magnitude > largest) largest = magnitude;
    if (magnitude < smallest) smallest = magnitude;
  }
  return (largest + smallest) / 2;
}

/**
 * Alternating refinement of sign planes: after each plane the α of all planes so far are solved again by least squares
 * and each weight is assigned anew to the nearest combination, at most 10 rounds. Twin: wasm/alternatingPlanes.ts.
 */

import { storeF16 } from '../../core/numbers/storeF16.ts';
import { nearestCombinations } from './combinations.ts';
import { decodePlanes } from './decodePlanes.ts';
import { leastNormScales } from './leastNormScales.ts';
import type { Planes } from './planes.ts';
import { sumOverSlice } from './sliceSums.ts';

const MOST_ROUNDS = 10;

/** Planes refined in turn, or `greedy` where those have no larger squared error as stored. */
export function alternatingPlanes(x: Float32Array, greedy: Planes): Planes {
  const count = greedy.alpha.length;
  const alpha = new Float32Array(count);
  const codes = new Uint8Array(x.length);
  for (let planes = 1; planes <= count; planes++) {
    addSignsOfResidual(x, alpha, codes, planes);
    refine(x, alpha.subarray(0, planes), codes);
  }
  return betterOf(x, { alpha, codes }, greedy);
}

/** As `alternatingPlanes`, by α that were found elsewhere. */
export function proposedPlanes(x: Float32Array, greedy: Planes, proposed: Float32Array): Planes {
  const alpha = proposed.map(storeF16);
  const codes = new Uint8Array(x.length);
  assign(x, alpha, codes);
  return betterOf(x, { alpha, codes }, greedy);
}

function betterOf(x: Float32Array, refined: Planes, greedy: Planes): Planes {
  return squaredError(x, refined) < squaredError(x, greedy) ? refined : greedy;
}

/** The last plane of `planes`: sign of what the planes before it leave. */
function addSignsOfResidual(x: Float32Array, alpha: Float32Array, codes: Uint8Array, planes: number): void {
  for (let i = 0; i < x.length; i++) {
    let residual = x[i]!;
    for (let plane = 0; plane < planes - 1; plane++) {
      residual = Math.fround(residual - ((codes[i]! >> plane) & 1 ? alpha[plane]! : -alpha[plane]!));
    }
    if (residual >= 0) codes[i]! |= 1 << (planes - 1);
  }
}

function refine(x: Float32Array, alpha: Float32Array, codes: Uint8Array): void {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const counts = new Float64Array(2 ** alpha.length);
    for (const code of codes) counts[code]!++;
    const sums = Float64Array.from(alpha, (_, plane) =>
      sumOverSlice(x.length, (i) => ((codes[i]! >> plane) & 1 ? x[i]! : -x[i]!)),
    );
    alpha.set(leastNormScales(counts, sums).map(storeF16));
    if (!assign(x, alpha, codes)) return;
  }
}

/** Gives each weight the code of its nearest combination; false where none changed. */
function assign(x: Float32Array, alpha: Float32Array, codes: Uint8Array): boolean {
  const nearest = nearestCombinations(alpha);
  let hasChanged = false;
  for (let i = 0; i < x.length; i++) {
    const code = nearest(x[i]!);
    if (code === codes[i]) continue;
    codes[i] = code;
    hasChanged = true;
  }
  return hasChanged;
}

function squaredError(x: Float32Array, { alpha, codes }: Planes): number {
  const decoded = Float32Array.from({ length: 2 ** alpha.length }, (_, code) => decodePlanes(code, alpha));
  return sumOverSlice(x.length, (i) => {
    const error = x[i]! - decoded[codes[i]!]!;
    return error * error;
  });
}

/**
 * The combinations Σ ±α of planes, ascending, and the nearest one of each weight. Twin: ref/combinations.ts.
 *
 * A plane more turns the list into two that stay in order, one with -α and one with +α: they are merged. A weight belongs
 * above a combination where it exceeds the middle to the next one; rounded down to F32, the middle parts the same weights.
 */

const MOST: usize = 256;
const sums: usize = memory.data(256 * 4, 16);
const codesOf: usize = memory.data(256 + 16, 16);
const mergedSums: usize = memory.data(256 * 4, 16);
const mergedCodes: usize = memory.data(256 + 16, 16);
/** middles[k] parts combinations k and k + 1. */
const middles: usize = memory.data(256 * 4, 16);
/** Place of a code in the list: where a search begins. */
const placeOf: usize = memory.data(256, 16);

let size: u32 = 0;

/** Sets the combinations of `planes` α. Of equal sums the lowest code stays. */
export function setCombinations(alpha: usize, planes: u32): void {
  size = 1;
  store<f32>(sums, 0);
  store<u8>(codesOf, 0);
  for (let plane: u32 = 0; plane < planes; plane++) addPlane(load<f32>(alpha + plane * 4), 1 << plane);
  memory.fill(placeOf, 0, MOST);
  for (let k: u32 = 0; k < size; k++) {
    store<u8>(placeOf + load<u8>(codesOf + k), k);
    if (k + 1 < size) store<f32>(middles + k * 4, middleBelow(load<f32>(sums + k * 4), load<f32>(sums + k * 4, 4)));
  }
}

function addPlane(alpha: f32, bit: u32): void {
  let merged: u32 = 0;
  let lower: u32 = 0;
  let upper: u32 = 0;
  while (lower < size || upper < size) {
    const minus = load<f32>(sums + lower * 4) - alpha;
    const plus = load<f32>(sums + upper * 4) + alpha;
    // On a tie the code without the bit, which is the lower one.
    const takesMinus = upper == size || (lower < size && !(plus < minus));
    const sum = takesMinus ? minus : plus;
    const code = takesMinus ? load<u8>(codesOf + lower++) : load<u8>(codesOf + upper++) | bit;
    if (merged > 0 && load<f32>(mergedSums + (merged - 1) * 4) == sum) {
      const last = mergedCodes + merged - 1;
      if (code < load<u8>(last)) store<u8>(last, code);
    } else {
      store<f32>(mergedSums + merged * 4, sum);
      store<u8>(mergedCodes + merged, code);
      merged++;
    }
  }
  size = merged;
  memory.copy(sums, mergedSums, size * 4);
  memory.copy(codesOf, mergedCodes, size);
}

/** The largest F32 that is not above the middle of two. */
function middleBelow(a: f32, b: f32): f32 {
  const middle = (<f64>a + <f64>b) / 2;
  const rounded = <f32>middle;
  if (!(<f64>rounded > middle)) return rounded;
  const bits = reinterpret<u32>(rounded);
  return reinterpret<f32>(rounded > 0 ? bits - 1 : bits + 1);
}

/** Gives each weight the code of its nearest combination; false where none changed. */
export function assignNearest(x: usize, n: u32, codes: usize): bool {
  if (size > 16) return assignByWalk(x, n, codes);
  const vectors = codes + (n & ~15);
  const end = codes + n;
  const table = v128.load(codesOf);
  const lastMiddle = middles + (size - 1) * 4;
  let changed = i8x16.splat(0);
  for (; codes < vectors; codes += 16, x += 64) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    const c = v128.load(x, 32);
    const d = v128.load(x, 48);
    let placeA = i32x4.splat(0);
    let placeB = i32x4.splat(0);
    let placeC = i32x4.splat(0);
    let placeD = i32x4.splat(0);
    for (let at = middles; at < lastMiddle; at += 4) {
      const middle = v128.load32_splat(at);
      placeA = i32x4.sub(placeA, f32x4.gt(a, middle));
      placeB = i32x4.sub(placeB, f32x4.gt(b, middle));
      placeC = i32x4.sub(placeC, f32x4.gt(c, middle));
      placeD = i32x4.sub(placeD, f32x4.gt(d, middle));
    }
    const place = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_u(placeA, placeB), i16x8.narrow_i32x4_u(placeC, placeD));
    const nearest = i8x16.swizzle(table, place);
    changed = v128.or(changed, v128.xor(nearest, v128.load(codes)));
    v128.store(codes, nearest);
  }
  const hasTailChanged = assignByWalk(x, <u32>(end - codes), codes);
  return v128.any_true(changed) || hasTailChanged;
}

/** From the place of the code that a weight has: most stay where they are. */
function assignByWalk(x: usize, n: u32, codes: usize): bool {
  const last = size - 1;
  let changed: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const value = load<f32>(x + i * 4);
    const before: u32 = load<u8>(codes + i);
    let place: u32 = load<u8>(placeOf + before);
    while (place < last && value > load<f32>(middles + place * 4)) place++;
    while (place > 0 && !(value > load<f32>(middles + (place - 1) * 4))) place--;
    const code: u32 = load<u8>(codesOf + place);
    changed |= code ^ before;
    store<u8>(codes + i, code);
  }
  return changed != 0;
}

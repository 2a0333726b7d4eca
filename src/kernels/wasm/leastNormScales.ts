/**
 * The α of p sign planes that leave the least squared error, and among those the ones of least norm.
 * Twin: ref/leastNormScales.ts, with the derivation; the order of operations is the same.
 */

/** Remainders of ±1 vectors by elimination are 0 or at least 1/4096. */
const INDEPENDENT: f64 = 1.0 / 1048576;

/** Matrices of 8 × 8 doubles, row by row. */
const MATRIX_BYTES: i32 = 8 * 8 * 8;
const gram: usize = memory.data(MATRIX_BYTES, 16);
const patterns: usize = memory.data(MATRIX_BYTES, 16);
const reduced: usize = memory.data(MATRIX_BYTES, 16);
const projected: usize = memory.data(MATRIX_BYTES, 16);
/** Column that each row of the elimination clears. */
const clearedColumn: usize = memory.data(8 * 4, 16);
const right: usize = memory.data(8 * 8, 16);
const solved: usize = memory.data(8 * 8, 16);

// @ts-ignore: decorator
@inline
function at(matrix: usize, row: u32, column: u32): f64 {
  return load<f64>(matrix + (row * 8 + column) * 8);
}

// @ts-ignore: decorator
@inline
function put(matrix: usize, row: u32, column: u32, value: f64): void {
  store<f64>(matrix + (row * 8 + column) * 8, value);
}

/** @param counts U32 [2^planes]  @param sums F64 [planes]  @param solution F64 [planes] */
export function leastNormScales(counts: usize, sums: usize, planes: u32, solution: usize): void {
  setGram(counts, planes);
  const rank = findPatterns(counts, planes);
  if (rank == planes) {
    memory.copy(right, sums, planes * 8);
    solve(gram, planes, solution);
    return;
  }
  for (let row: u32 = 0; row < rank; row++) {
    for (let column: u32 = 0; column < rank; column++) put(projected, row, column, bilinear(row, column, planes));
    let sum: f64 = 0;
    for (let i: u32 = 0; i < planes; i++) sum += at(patterns, row, i) * load<f64>(sums + i * 8);
    store<f64>(right + row * 8, sum);
  }
  solve(projected, rank, solved);
  for (let plane: u32 = 0; plane < planes; plane++) {
    let sum: f64 = 0;
    for (let row: u32 = 0; row < rank; row++) sum += at(patterns, row, plane) * load<f64>(solved + row * 8);
    store<f64>(solution + plane * 8, sum);
  }
}

/** Whole numbers, exact in any order. */
function setGram(counts: usize, planes: u32): void {
  memory.fill(gram, 0, MATRIX_BYTES);
  for (let code: u32 = 0; code < 1 << planes; code++) {
    const count = <f64>load<u32>(counts + code * 4);
    if (count == 0) continue;
    for (let i: u32 = 0; i < planes; i++) {
      for (let j: u32 = i; j < planes; j++) {
        const isSame = (((code >>> i) ^ (code >>> j)) & 1) == 0;
        put(gram, i, j, at(gram, i, j) + (isSame ? count : -count));
      }
    }
  }
  for (let i: u32 = 1; i < planes; i++) for (let j: u32 = 0; j < i; j++) put(gram, i, j, at(gram, j, i));
}

/** The first sign patterns, by code, that are independent of those before them and occur; returns how many. */
function findPatterns(counts: usize, planes: u32): u32 {
  let rank: u32 = 0;
  for (let code: u32 = 0; code < 1 << planes && rank < planes; code++) {
    if (load<u32>(counts + code * 4) == 0) continue;
    // The remainder grows in the next free row.
    for (let i: u32 = 0; i < planes; i++) {
      const signed: f64 = ((code >>> i) & 1) == 1 ? 1 : -1;
      put(patterns, rank, i, signed);
      put(reduced, rank, i, signed);
    }
    for (let row: u32 = 0; row < rank; row++) {
      const column = load<u32>(clearedColumn + row * 4);
      const factor = at(reduced, rank, column) / at(reduced, row, column);
      for (let i: u32 = 0; i < planes; i++) put(reduced, rank, i, at(reduced, rank, i) - factor * at(reduced, row, i));
    }
    for (let i: u32 = 0; i < planes; i++) {
      if (abs(at(reduced, rank, i)) <= INDEPENDENT) continue;
      store<u32>(clearedColumn + rank * 4, i);
      rank++;
      break;
    }
  }
  return rank;
}

/** aᵀ·G·b of two patterns. */
function bilinear(a: u32, b: u32, planes: u32): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < planes; i++) {
    for (let j: u32 = 0; j < planes; j++) sum += at(patterns, a, i) * at(gram, i, j) * at(patterns, b, j);
  }
  return sum;
}

/** Solves a positive definite system with the right side at `right` by elimination, which needs no pivots. */
function solve(matrix: usize, n: u32, solution: usize): void {
  for (let k: u32 = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = at(matrix, i, k) / at(matrix, k, k);
      for (let j = k; j < n; j++) put(matrix, i, j, at(matrix, i, j) - factor * at(matrix, k, j));
      store<f64>(right + i * 8, load<f64>(right + i * 8) - factor * load<f64>(right + k * 8));
    }
  }
  for (let above = n; above > 0; above--) {
    const i = above - 1;
    let rest = load<f64>(right + i * 8);
    for (let j = i + 1; j < n; j++) rest -= at(matrix, i, j) * load<f64>(solution + j * 8);
    store<f64>(solution + i * 8, rest / at(matrix, i, i));
  }
}

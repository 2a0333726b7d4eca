/**
 * The α of p sign planes that leave the least squared error, and among those the ones of least norm: the solution of
 * G·α = b with G_ij = Σ B_i·B_j and b_i = Σ x·B_i. G is singular where the sign patterns that occur (rows of ±1, one for each
 * code) span less than p dimensions; α of least norm lies in their span. So α = Cᵀ·y for independent patterns C, and
 * (C·G·Cᵀ)·y = C·b is regular. Twin: wasm/leastNormScales.ts.
 */

/** Remainders of ±1 vectors by elimination are 0 or at least 1/4096 (ratios of minors of order 8 and less): far from rounding. */
const INDEPENDENT = 2 ** -20;

type Matrix = number[][];

/**
 * @param counts weights of each code, 2^p of them
 * @param sums b, in double
 */
export function leastNormScales(counts: Float64Array, sums: Float64Array): Float64Array {
  const planes = sums.length;
  const gram = gramMatrix(counts, planes);
  const patterns = independentPatterns(counts, planes);
  if (patterns.length === planes) return solve(gram, [...sums]);
  const projected = patterns.map((row) => patterns.map((column) => bilinear(gram, row, column)));
  const y = solve(
    projected,
    patterns.map((row) => dot(row, sums)),
  );
  return Float64Array.from(sums, (_, plane) =>
    dot(
      patterns.map((row) => row[plane]!),
      y,
    ),
  );
}

/** +1 or -1 of a plane in a code. */
function signOf(code: number, plane: number): number {
  return (code >> plane) & 1 ? 1 : -1;
}

/** Whole numbers, exact in any order. */
function gramMatrix(counts: Float64Array, planes: number): Matrix {
  const gram: Matrix = Array.from({ length: planes }, () => new Array<number>(planes).fill(0));
  counts.forEach((count, code) => {
    if (count === 0) return;
    for (let i = 0; i < planes; i++) {
      for (let j = 0; j < planes; j++) gram[i]![j]! += count * signOf(code, i) * signOf(code, j);
    }
  });
  return gram;
}

/** The first sign patterns, by code, that are independent of those before them and occur. */
function independentPatterns(counts: Float64Array, planes: number): Matrix {
  const patterns: Matrix = [];
  /** Rows of the elimination, each with the column that it clears. */
  const reduced: { readonly row: number[]; readonly column: number }[] = [];
  for (let code = 0; code < counts.length && patterns.length < planes; code++) {
    if (counts[code] === 0) continue;
    const pattern = Array.from({ length: planes }, (_, plane) => signOf(code, plane));
    const remainder = pattern.slice();
    for (const { row, column } of reduced) {
      const factor = remainder[column]! / row[column]!;
      for (let i = 0; i < planes; i++) remainder[i] = remainder[i]! - factor * row[i]!;
    }
    const column = remainder.findIndex((value) => Math.abs(value) > INDEPENDENT);
    if (column === -1) continue;
    patterns.push(pattern);
    reduced.push({ row: remainder, column });
  }
  return patterns;
}

/** Solves a positive definite system by elimination, which needs no pivots. */
function solve(matrix: Matrix, right: number[]): Float64Array {
  const n = right.length;
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i]![k]! / matrix[k]![k]!;
      for (let j = k; j < n; j++) matrix[i]![j] = matrix[i]![j]! - factor * matrix[k]![j]!;
      right[i] = right[i]! - factor * right[k]!;
    }
  }
  const solution = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let rest = right[i]!;
    for (let j = i + 1; j < n; j++) rest -= matrix[i]![j]! * solution[j]!;
    solution[i] = rest / matrix[i]![i]!;
  }
  return solution;
}

/** aᵀ·M·b */
function bilinear(matrix: Matrix, a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) sum += a[i]! * matrix[i]![j]! * b[j]!;
  return sum;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

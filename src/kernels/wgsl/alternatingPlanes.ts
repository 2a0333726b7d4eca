import type { BinaryQuantizer } from '../../core/quantizers/quantizer.ts';
import { prelude, ROUND_TO_F16, teamOf, teams } from './prelude.ts';
import type { SearchKernel, ShaderJob } from './searchKernel.ts';

/**
 * The α of sign planes refined in turn, as ref/alternatingPlanes.ts. Codes are not kept: the code of a weight follows from
 * the α of the round before. Singular
 * equations are solved by elimination as well, and the solution is then made the one of least norm.
 */
export const alternatingPlanes: SearchKernel = {
  name: 'alternatingPlanes',
  valuesPerSlice: (quantizer) => (quantizer as BinaryQuantizer).planes.length,
  slicesPerWorkgroup: ({ sliceLength, workgroup }) => workgroup / teamOf(sliceLength, workgroup),
  shader: (job) => shader(job as ShaderJob<BinaryQuantizer>),
};

function shader(job: ShaderJob<BinaryQuantizer>): string {
  const { quantizer, workgroup, subgroup, sliceLength } = job;
  const planes = quantizer.planes.length;
  return `${prelude(job)}${teams(teamOf(sliceLength, workgroup), subgroup)}${ROUND_TO_F16}
const PLANES = ${planes}u;
const PAIRS = ${Math.max(1, (planes * (planes - 1)) / 2)}u;
const MOST_ROUNDS = 10u;
/** Pivots below this share of the slice are what rounding leaves of a singular matrix. */
const SINGULAR = 4e-6;
var<private> alpha: array<f32, PLANES>;

/**
 * The nearest combination of the first n planes, on a tie that of the lower sum, then of the lower code. In Gray order one
 * plane changes at a step; sums of numbers of F16 are exact but where those differ by a factor of some thousand.
 */
fn nearest(x: f32, n: u32) -> u32 {
  var sum = 0.0;
  for (var plane = 0u; plane < n; plane++) { sum -= alpha[plane]; }
  var least = abs(x - sum);
  var code = 0u;
  var bestSum = sum;
  var bestCode = 0u;
  for (var step = 1u; step < (1u << n); step++) {
    let plane = countTrailingZeros(step);
    code ^= 1u << plane;
    sum += select(-2.0, 2.0, ((code >> plane) & 1u) == 1u) * alpha[plane];
    let distance = abs(x - sum);
    let isFirst = sum < bestSum || (sum == bestSum && code < bestCode);
    if (distance < least || (distance == least && isFirst)) {
      least = distance;
      bestSum = sum;
      bestCode = code;
    }
  }
  return bestCode;
}

fn decoded(code: u32, n: u32) -> f32 {
  var sum = 0.0;
  for (var plane = 0u; plane < n; plane++) { sum += select(-alpha[plane], alpha[plane], ((code >> plane) & 1u) == 1u); }
  return sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = workgroupIndex(id, count) * TEAMS + lane / TEAM;
  let slice = sliceAt(min(index, job.slices - 1u));
  let first = lane % TEAM;
  for (var n = 1u; n <= PLANES; n++) {
    for (var step = 0u; step < MOST_ROUNDS; step++) {
      // Written out: not every driver clears what a loop declares.
      var sums = array<f32, PLANES>();
      var products = array<f32, PAIRS>();
      for (var i = first; i < slice.length; i += TEAM) {
        let x = weight(slice.first + i);
        var code = nearest(x, select(n, n - 1u, step == 0u));
        // A new plane begins with the signs of what the others leave.
        if (step == 0u && x - decoded(code, n - 1u) >= 0.0) { code |= 1u << (n - 1u); }
        var pair = 0u;
        for (var a = 0u; a < n; a++) {
          let isPositive = ((code >> a) & 1u) == 1u;
          sums[a] += select(-x, x, isPositive);
          for (var b = 0u; b < a; b++) {
            products[pair] += select(-1.0, 1.0, isPositive == (((code >> b) & 1u) == 1u));
            pair++;
          }
        }
      }
      solve(lane, n, f32(slice.length), &sums, &products);
    }
  }
  if (first == 0u && index < job.slices) {
    for (var plane = 0u; plane < PLANES; plane++) { found[index * PLANES + plane] = alpha[plane]; }
  }
}

/** Least squares over the team's slice by elimination; every invocation solves for itself. */
fn solve(lane: u32, n: u32, length: f32, sums: ptr<function, array<f32, PLANES>>, products: ptr<function, array<f32, PAIRS>>) {
  var matrix: array<array<f32, PLANES>, PLANES>;
  var right: array<f32, PLANES>;
  var pair = 0u;
  for (var a = 0u; a < n; a++) {
    right[a] = teamSum(lane, (*sums)[a]);
    matrix[a][a] = length;
    for (var b = 0u; b < a; b++) {
      let product = teamSum(lane, (*products)[pair]);
      matrix[a][b] = product;
      matrix[b][a] = product;
      pair++;
    }
  }
  var isFree = array<bool, PLANES>();
  for (var k = 0u; k < n; k++) {
    if (matrix[k][k] < SINGULAR * length) {
      isFree[k] = true;
      right[k] = 0.0;
      for (var j = k; j < n; j++) { matrix[k][j] = select(0.0, 1.0, j == k); }
      continue;
    }
    for (var i = k + 1u; i < n; i++) {
      let factor = matrix[i][k] / matrix[k][k];
      for (var j = k; j < n; j++) { matrix[i][j] -= factor * matrix[k][j]; }
      right[i] -= factor * right[k];
    }
  }
  for (var rest = n; rest > 0u; rest--) {
    let i = rest - 1u;
    for (var j = i + 1u; j < n; j++) { right[i] -= matrix[i][j] * right[j]; }
    right[i] /= matrix[i][i];
  }
  // Of all solutions that of least norm: without its part along what the planes cannot tell apart.
  var idle = array<array<f32, PLANES>, PLANES>();
  for (var k = 0u; k < n; k++) {
    if (!isFree[k]) { continue; }
    idle[k][k] = 1.0;
    for (var rest = k; rest > 0u; rest--) {
      let i = rest - 1u;
      if (isFree[i]) { continue; }
      for (var j = i + 1u; j <= k; j++) { idle[k][i] -= matrix[i][j] * idle[k][j]; }
      idle[k][i] /= matrix[i][i];
    }
    for (var other = 0u; other <= k; other++) {
      // Orthogonal to those before; the last step gives it the length 1.
      var dot = 0.0;
      for (var i = 0u; i < n; i++) { dot += idle[k][i] * idle[other][i]; }
      for (var i = 0u; i < n; i++) {
        if (other == k) { idle[k][i] *= inverseSqrt(dot); } else { idle[k][i] -= dot * idle[other][i]; }
      }
    }
    var along = 0.0;
    for (var i = 0u; i < n; i++) { along += right[i] * idle[k][i]; }
    for (var i = 0u; i < n; i++) { right[i] -= along * idle[k][i]; }
  }
  for (var a = 0u; a < n; a++) { alpha[a] = roundToF16(right[a]); }
}
`;
}

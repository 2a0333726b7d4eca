import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import { isSymmetric } from '../../core/search/tensorRange.ts';
import { affineText } from './affineText.ts';
import { fold, prelude, teams } from './prelude.ts';
import type { SearchKernel, ShaderJob } from './searchKernel.ts';

/** Weights of the slice that lie in workgroup memory at a time. */
const HELD = 1024;

/**
 * The candidate i (20..100) of least Σ(x - x')², as ref/leastSquaresClip.ts. A workgroup has a slice and each invocation a
 * candidate: all of them read the same weight at the same time, and only the last step compares.
 */
export const leastSquaresClip: SearchKernel = {
  name: 'leastSquaresClip',
  valuesPerSlice: () => 1,
  slicesPerWorkgroup: () => 1,
  shader: (job) => shader(job as ShaderJob<AffineQuantizer>),
};

function shader(job: ShaderJob<AffineQuantizer>): string {
  const { quantizer, workgroup, subgroup } = job;
  return `${prelude(job)}${teams(workgroup, subgroup)}${affineText(quantizer)}
const HELD = ${HELD}u;
const CANDIDATES = 81u;
const EACH = (CANDIDATES + WORKGROUP - 1u) / WORKGROUP;
var<workgroup> held: array<f32, HELD>;
${fold('teamBest', 'vec2<f32>', 'better(value, other)', subgroup)}

/** Of two errors with their candidates that of less, of equal ones the larger candidate, which comes first. */
fn better(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return select(a, b, b.x < a.x || (b.x == a.x && b.y > a.y)); }

/** The range of candidate i: ref's candidateRange and endsOf. */
fn gridOf(low: f32, high: f32, i: f32) -> Grid { ${candidateText(quantizer)} }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = workgroupIndex(id, count);
  let slice = sliceAt(min(index, job.slices - 1u));
  var low = HUGE;
  var high = -HUGE;
  for (var i = lane; i < slice.length; i += WORKGROUP) {
    let x = weight(slice.first + i);
    low = min(low, x);
    high = max(high, x);
  }
  low = -teamMax(lane, -low);
  high = teamMax(lane, high);

  var errors: array<f32, EACH>;
  for (var start = 0u; start < slice.length; start += HELD) {
    let n = min(HELD, slice.length - start);
    for (var i = lane; i < n; i += WORKGROUP) { held[i] = weight(slice.first + start + i); }
    workgroupBarrier();
    for (var k = 0u; k < EACH; k++) {
      let grid = gridOf(low, high, f32(100u - min(lane + k * WORKGROUP, CANDIDATES - 1u)));
      var sum = 0.0;
      for (var i = 0u; i < n; i++) {
        let error = held[i] - restore(held[i], grid);
        sum += error * error;
      }
      errors[k] += sum;
    }
    workgroupBarrier();
  }

  var best = vec2(HUGE, 100.0);
  for (var k = 0u; k < EACH; k++) {
    let i = lane + k * WORKGROUP;
    if (i < CANDIDATES && errors[k] < best.x) { best = vec2(errors[k], f32(100u - i)); }
  }
  best = teamBest(lane, best);
  if (lane == 0u && index < job.slices) { found[index] = best.y; }
}
`;
}

function candidateText(quantizer: AffineQuantizer): string {
  if (isSymmetric(quantizer)) {
    // The sign of the signed extreme: of equal magnitudes the proposal may take the other one.
    const sign = quantizer.range === 'signed-extreme' ? 'select(1.0, -1.0, -low > high)' : '1.0';
    return `return derive(0.0, ${sign} * (max(-low, high) * i / 100.0));`;
  }
  const [from, to] = ['clamp(low, a, b)', 'clamp(high, a, b)'];
  const ends = quantizer.range === 'min-max-zero' ? `min(${from}, 0.0), max(${to}, 0.0)` : `${from}, ${to}`;
  return `let a = low * i / 100.0; let b = high * i / 100.0; return derive(${ends});`;
}

import { HQQ_ALWAYS_SHRUNK, HQQ_INVERSE_BETAS, HQQ_ROUNDS } from '../../core/quantizers/hqqSolver.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import { affineText } from './affineText.ts';
import { float, prelude, teamOf, teams } from './prelude.ts';
import type { SearchKernel, ShaderJob } from './searchKernel.ts';

/**
 * The zero-point of each slice after `rounds` rounds of HQQ's solver, as ref/hqqSolve.ts, and for each workgroup the Σ|e|
 * before each round: which is the last is decided over the whole tensor. A few invocations share a slice, which stays in the
 * cache for all rounds.
 */
export const hqqSolve: SearchKernel = {
  name: 'hqqSolve',
  valuesPerSlice: () => 1,
  valuesPerWorkgroup: HQQ_ROUNDS,
  slicesPerWorkgroup: ({ sliceLength, workgroup }) => workgroup / teamOf(sliceLength, workgroup),
  shader: (job) => shader(job as ShaderJob<AffineQuantizer>),
};

function shader(job: ShaderJob<AffineQuantizer>): string {
  const { quantizer, workgroup, subgroup, sliceLength } = job;
  return `${prelude(job)}${teams(teamOf(sliceLength, workgroup), subgroup)}${affineText(quantizer)}
const ROUNDS = ${HQQ_ROUNDS}u;
const INVERSE_BETAS = array<f32, ROUNDS>(${HQQ_INVERSE_BETAS.map(float).join(', ')});

var<workgroup> totals: array<array<f32, ROUNDS>, TEAMS>;

fn shrink(error: f32, inverseBeta: f32) -> f32 {
  let magnitude = abs(error);
  if (!(magnitude > ${float(HQQ_ALWAYS_SHRUNK)})) { return 0.0; }
  return sign(error) * max(magnitude - inverseBeta * pow(magnitude, -0.3), 0.0);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = workgroupIndex(id, count) * TEAMS + lane / TEAM;
  let slice = sliceAt(min(index, job.slices - 1u));
  let first = lane % TEAM;
  var low = HUGE;
  var high = -HUGE;
  for (var i = first; i < slice.length; i += TEAM) {
    let x = weight(slice.first + i);
    low = min(low, x);
    high = max(high, x);
  }
  let grid = derive(-teamMax(lane, -low), teamMax(lane, high));
  let s = grid.multiplier;
  var zero = grid.zero;
  for (var round_ = 0u; round_ < job.rounds; round_++) {
    var betas = INVERSE_BETAS;
    let inverseBeta = betas[round_];
    var errors = 0.0;
    // Zero-points by the one at hand: small numbers add up with less rounding.
    var moves = 0.0;
    for (var i = first; i < slice.length; i += TEAM) {
      let x = weight(slice.first + i);
      let scaled = x * s;
      let code = clamp(round(scaled + zero), 0.0, HI);
      let error = x - (code - zero) / s;
      let shrunk = shrink(error, inverseBeta);
      errors += abs(error);
      moves += code - (scaled - shrunk * s) - zero;
    }
    errors = teamSum(lane, errors);
    zero += teamSum(lane, moves) / f32(slice.length);
    if (first == 0u) { totals[lane / TEAM][round_] = select(0.0, errors, index < job.slices); }
  }
  if (first == 0u && index < job.slices) { found[index] = zero; }
  workgroupBarrier();
  // Rounds that were not asked for as well: the buffer has what others found.
  for (var each = lane; each < ROUNDS; each += WORKGROUP) {
    var sum = 0.0;
    for (var team = 0u; team < TEAMS && each < job.rounds; team++) { sum += totals[team][each]; }
    found[job.slices + workgroupIndex(id, count) * ROUNDS + each] = sum;
  }
}
`;
}

import type { CodebookQuantizer } from '../../core/quantizers/quantizer.ts';
import { prelude, teams } from './prelude.ts';
import type { SearchKernel, ShaderJob } from './searchKernel.ts';

/** Bins of the density that the first start is taken from, as core/search/lloydMax.ts. */
const DENSITY_BINS = 2048;
/** Sorted weights whose sum is kept. */
const STRIDE = 64;

/**
 * 2^bits levels of each row by Lloyd's and Max's rounds from the two starts of core/search/lloydMax.ts, unrounded. A workgroup
 * sorts its row; then a cell is a run of it, and a round costs an invocation two part strides and the sums between them.
 *
 * Scratch of a row: its weights, sorted and padded to a power of two, and the sums of strides of them.
 */
export const lloydMax: SearchKernel = {
  name: 'lloydMax',
  valuesPerSlice: (quantizer) => 2 ** (quantizer as CodebookQuantizer).bits,
  slicesPerWorkgroup: () => 1,
  scratchPerSlice: (sliceLength) => paddedLength(sliceLength) + Math.ceil(sliceLength / STRIDE),
  shader: (job) => shader(job as ShaderJob<CodebookQuantizer>),
};

function paddedLength(length: number): number {
  let padded = 1;
  while (padded < length) padded *= 2;
  return padded;
}

function shader(job: ShaderJob<CodebookQuantizer>): string {
  const { quantizer, workgroup, subgroup, sliceLength } = job;
  return `${prelude(job)}${teams(workgroup, subgroup)}
const LEVELS = ${2 ** quantizer.bits}u;
const BINS = ${DENSITY_BINS}u;
const STRIDE = ${STRIDE}u;
const PADDED = ${paddedLength(sliceLength)}u;
const MOST_ROUNDS = 200u;
/** Rounds between two sums of the whole error. */
const ERROR_ROUNDS = 10u;
const LEAST_FALL = 5e-7;
var<workgroup> levels: array<f32, LEVELS>;
var<workgroup> firstLevels: array<f32, LEVELS>;
/** ends[l]: weights at most the threshold above level l. */
var<workgroup> ends: array<u32, LEVELS>;
var<workgroup> bins: array<atomic<u32>, BINS>;
var<workgroup> total: f32;

/** Uniform, so that loops with barriers may end by it. Itself a barrier, whatever the sum needs. */
fn sumOfAll(lane: u32, value: f32) -> f32 {
  let sum = teamSum(lane, value);
  if (lane == 0u) { total = sum; }
  return workgroupUniformLoad(&total);
}

/** Ascending, by the bitonic network. */
fn sortRow(lane: u32, base: u32, slice: Slice) {
  for (var i = lane; i < PADDED; i += WORKGROUP) {
    var x = HUGE;
    if (i < slice.length) { x = weight(slice.first + i); }
    scratch[base + i] = x;
  }
  storageBarrier();
  for (var size = 2u; size <= PADDED; size *= 2u) {
    for (var step = size / 2u; step > 0u; step /= 2u) {
      for (var k = lane; k < PADDED / 2u; k += WORKGROUP) {
        let i = (k / step) * 2u * step + k % step;
        let a = scratch[base + i];
        let b = scratch[base + i + step];
        if ((a > b) == ((i & size) == 0u)) {
          scratch[base + i] = b;
          scratch[base + i + step] = a;
        }
      }
      storageBarrier();
    }
  }
  for (var k = lane; k * STRIDE < slice.length; k += WORKGROUP) {
    var sum = 0.0;
    for (var i = k * STRIDE; i < min((k + 1u) * STRIDE, slice.length); i++) { sum += scratch[base + i]; }
    scratch[base + PADDED + k] = sum;
  }
  storageBarrier();
}

/** The quantiles of the cube root of the density; one invocation walks the bins. */
fn startFromDensity(lane: u32, base: u32, slice: Slice) {
  let low = scratch[base];
  let width = (scratch[base + slice.length - 1u] - low) / f32(BINS);
  for (var i = lane; i < BINS; i += WORKGROUP) { atomicStore(&bins[i], 0u); }
  workgroupBarrier();
  for (var i = lane; i < slice.length; i += WORKGROUP) {
    let place = select((scratch[base + i] - low) / width, 0.0, width == 0.0);
    atomicAdd(&bins[min(BINS - 1u, u32(max(place, 0.0)))], 1u);
  }
  workgroupBarrier();
  if (lane == 0u) {
    var total = 0.0;
    for (var i = 0u; i < BINS; i++) { total += rootOfBin(i); }
    var below = 0.0;
    var level = 0u;
    for (var i = 0u; i < BINS; i++) {
      let share = rootOfBin(i);
      for (; level < LEVELS; level++) {
        let wanted = total * (f32(level) + 0.5) / f32(LEVELS);
        if (below + share < wanted) { break; }
        levels[level] = low + (f32(i) + select((wanted - below) / share, 0.0, share == 0.0)) * width;
      }
      below += share;
    }
    for (; level < LEVELS; level++) { levels[level] = scratch[base + slice.length - 1u]; }
  }
  workgroupBarrier();
}

fn rootOfBin(i: u32) -> f32 {
  let n = atomicLoad(&bins[i]);
  return select(pow(f32(n), 1.0 / 3.0), 0.0, n == 0u);
}

fn countAtMost(base: u32, length: u32, threshold: f32) -> u32 {
  var low = 0u;
  var high = length;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (scratch[base + middle] <= threshold) { low = middle + 1u; } else { high = middle; }
  }
  return low;
}

/** Σ of sorted weights, whole strides from their sums. */
fn sumBetween(base: u32, start: u32, end: u32) -> f32 {
  let firstStride = (start + STRIDE - 1u) / STRIDE;
  let lastStride = end / STRIDE;
  var sum = 0.0;
  if (firstStride >= lastStride) {
    for (var i = start; i < end; i++) { sum += scratch[base + i]; }
    return sum;
  }
  for (var i = start; i < firstStride * STRIDE; i++) { sum += scratch[base + i]; }
  for (var k = firstStride; k < lastStride; k++) { sum += scratch[base + PADDED + k]; }
  for (var i = lastStride * STRIDE; i < end; i++) { sum += scratch[base + i]; }
  return sum;
}

fn findEnds(lane: u32, base: u32, length: u32) {
  for (var l = lane; l < LEVELS; l += WORKGROUP) {
    if (l == LEVELS - 1u) { ends[l] = length; } else { ends[l] = countAtMost(base, length, 0.5 * (levels[l] + levels[l + 1u])); }
  }
  workgroupBarrier();
}

/** Σ(x - level)² of the row. */
fn squaredError(lane: u32, base: u32, length: u32) -> f32 {
  findEnds(lane, base, length);
  var sum = 0.0;
  let part = (length + WORKGROUP - 1u) / WORKGROUP;
  var level = 0u;
  for (var i = lane * part; i < min((lane + 1u) * part, length); i++) {
    while (i >= ends[level]) { level++; }
    let error = scratch[base + i] - levels[level];
    sum += error * error;
  }
  return sumOfAll(lane, sum);
}

/** Rounds until the error hardly falls: moving a level to its mean lowers it by count·move². */
fn refine(lane: u32, base: u32, length: u32) -> f32 {
  var error = squaredError(lane, base, length);
  for (var done = 1u; done <= MOST_ROUNDS; done++) {
    findEnds(lane, base, length);
    var fall = 0.0;
    for (var l = lane; l < LEVELS; l += WORKGROUP) {
      var start = 0u;
      if (l > 0u) { start = ends[l - 1u]; }
      let end = ends[l];
      if (end > start) {
        let mean = clamp(sumBetween(base, start, end) / f32(end - start), scratch[base + start], scratch[base + end - 1u]);
        let shift = mean - levels[l];
        fall += f32(end - start) * shift * shift;
        levels[l] = mean;
      }
    }
    fall = sumOfAll(lane, fall);
    if (done % ERROR_ROUNDS == 0u) { error = squaredError(lane, base, length); }
    if (fall <= LEAST_FALL * error) { break; }
  }
  return squaredError(lane, base, length);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = workgroupIndex(id, count);
  let row = min(index, job.slices - 1u);
  let slice = sliceAt(row);
  // Workgroups beyond the last share its slice: theirs is a scratch of its own.
  let base = index * job.scratch;
  sortRow(lane, base, slice);
  startFromDensity(lane, base, slice);
  let firstError = refine(lane, base, slice.length);
  let low = scratch[base];
  let width = (scratch[base + slice.length - 1u] - low) / f32(LEVELS);
  for (var l = lane; l < LEVELS; l += WORKGROUP) {
    firstLevels[l] = levels[l];
    levels[l] = low + (f32(l) + 0.5) * width;
  }
  workgroupBarrier();
  let secondError = refine(lane, base, slice.length);
  for (var l = lane; l < LEVELS; l += WORKGROUP) {
    if (index < job.slices) { found[row * LEVELS + l] = select(firstLevels[l], levels[l], secondError < firstError); }
  }
}
`;
}

import type { ScaleDtype } from '../../core/quantizers/quantizer.ts';
import type { ShaderJob, WeightDtype } from './searchKernel.ts';

/** Words of the uniform `job`: see the struct below. */
export const JOB_WORDS = 8;

/** Reads element `i` of a block from the words of the file, little-endian. */
const WEIGHT: Readonly<Record<WeightDtype, string>> = {
  F32: 'return bitcast<f32>(words[i]);',
  F16: 'let pair = unpack2x16float(words[i >> 1u]); return select(pair.x, pair.y, (i & 1u) == 1u);',
  BF16: 'return bitcast<f32>((words[i >> 1u] >> ((i & 1u) * 16u)) << 16u);',
};

/**
 * What every search begins with: its bindings, decoding, and where the slice `index` lies. A slice is a run of `groupSize`
 * weights inside a row; the last of a row may be shorter. Workgroups are counted over two dimensions of the dispatch.
 */
export function prelude({ dtype, workgroup, subgroup }: ShaderJob): string {
  return `${subgroup > 1 ? 'enable subgroups;' : ''}
struct Job { slices: u32, inputs: u32, groupSize: u32, perRow: u32, rounds: u32, scratch: u32 }
struct Slice { first: u32, length: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> found: array<f32>;
@group(0) @binding(3) var<storage, read_write> scratch: array<f32>;
const WORKGROUP = ${workgroup}u;
const HUGE = 3.4028234e38;

fn weight(i: u32) -> f32 { ${WEIGHT[dtype]} }

fn sliceAt(index: u32) -> Slice {
  let row = index / job.perRow;
  let start = (index % job.perRow) * job.groupSize;
  return Slice(row * job.inputs + start, min(job.groupSize, job.inputs - start));
}

fn workgroupIndex(id: vec3<u32>, count: vec3<u32>) -> u32 { return id.y * count.x + id.x; }
`;
}

/**
 * `teamOf` invocations share a slice. Every invocation of the workgroup has to ask for a sum or an extreme at the same time,
 * and every invocation of a team gets the same, bit by bit.
 */
export function teams(team: number, subgroup: number): string {
  return `
const TEAM = ${team}u;
const TEAMS = WORKGROUP / TEAM;
${fold('teamSum', 'f32', 'value + other', subgroup)}
${fold('teamMax', 'f32', 'max(value, other)', subgroup)}
`;
}

/**
 * A function that folds the values of a team, pair by pair: first those that are half a team apart, at last neighbours.
 * Lanes of one subgroup exchange them by themselves, the others by workgroup memory: the order is the same. Without barriers
 * where the whole team is in a subgroup.
 * @param combine of `value` and `other`, the same whichever is which
 */
export function fold(name: string, type: string, combine: string, subgroup: number): string {
  const shuffles = `
  for (var step = min(TEAM, ${subgroup}u) / 2u; step > 0u; step /= 2u) {
    let other = subgroupShuffleXor(value, step);
    value = ${combine};
  }`;
  return `
var<workgroup> ${name}Lanes: array<${type}, WORKGROUP>;
fn ${name}(lane: u32, mine: ${type}) -> ${type} {
  var value = mine;
  for (var step = TEAM / 2u; step >= ${subgroup}u; step /= 2u) {
    ${name}Lanes[lane] = value;
    workgroupBarrier();
    let other = ${name}Lanes[lane ^ step];
    workgroupBarrier();
    value = ${combine};
  }${subgroup > 1 ? shuffles : ''}
  return value;
}`;
}

/** Invocations for a slice: some sixteen weights each. */
export function teamOf(sliceLength: number, workgroup: number): number {
  let team = 1;
  while (team < workgroup && team * 16 < sliceLength) team *= 2;
  return team;
}

/** Rounds to nearest even by the bits: what conversions of a driver do is its own affair. */
export const ROUND_TO_F16 = `
fn roundToF16(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let sign = bits & 0x80000000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude >= 0x477ff000u) { return bitcast<f32>(sign | 0x477fe000u); }
  if (magnitude < 0x38800000u) { return round(x * 16777216.0) / 16777216.0; }
  return bitcast<f32>(sign | ((magnitude + 0xfffu + ((magnitude >> 13u) & 1u)) & 0xffffe000u));
}
`;

const STORE_SCALE: Readonly<Record<ScaleDtype, string>> = {
  F32: 'fn storeScale(x: f32) -> f32 { return x; }',
  BF16: `
fn storeScale(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  return bitcast<f32>((bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u);
}`,
  F16: `${ROUND_TO_F16}
fn storeScale(x: f32) -> f32 {
  let rounded = roundToF16(x);
  return select(rounded, select(5.9604645e-8, -5.9604645e-8, x < 0.0), rounded == 0.0);
}`,
};

/** A scale as it is stored. */
export function storeScaleText(dtype: ScaleDtype): string {
  return STORE_SCALE[dtype];
}

/** A number as WGSL reads it. */
export function float(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

import type { Dtype } from 'safetensors-js';
import type { FailureArgs } from '../../failure.ts';
import type { Model, ModelTensor } from '../../model/model.ts';
import { describeQuantizer } from '../../quantizers/describeQuantizer.ts';
import type { AffineQuantizer, AffineRule, Quantizer } from '../../quantizers/quantizer.ts';
import type { Plan } from '../../recipes/recipe.ts';
import { type FormatProblem, type FormatProblemCode, formatProblem } from '../formatProblem.ts';
import { isComputeDtype, modelDtypeOf } from '../outputDtype.ts';
import { ownHeadNotes } from '../ownHeadNotes.ts';
import { fusedKeyOf } from './fusedModules.ts';
import { moduleOf } from './moduleOf.ts';

/** Bits that every reader of the last years packs alike: before 0.17 others had another bit order. */
const BITS = [4, 8];
/** Groups of vLLM's Marlin kernels. */
const VLLM_GROUPS = [32, 64, 128];

interface Packed {
  readonly tensor: ModelTensor;
  readonly quantizer: AffineQuantizer;
}

/** Why a plan cannot be stored, which loader would not open it, and what a user should know; the gravest first. */
export function checkPlan(model: Model, plan: Plan): readonly FormatProblem[] {
  const quantizers = new Map(plan.decisions.map(({ tensor, quantizer }) => [tensor, quantizer]));
  const packed = model.tensors.flatMap((tensor): readonly Packed[] => {
    const quantizer = quantizers.get(tensor.name);
    return quantizer?.family === 'affine' ? [{ tensor, quantizer }] : [];
  });
  const foreign = foreignProblems(model, quantizers);
  if (packed.length === 0) return [...foreign, formatProblem('refused', null, 'plan/packs-nothing')];
  const dtype = loadedDtypeOf(model, plan);
  const problems = [
    ...foreign,
    ...packed.flatMap((each) => problemsOf(each, dtype)),
    ...modelProblems(model, packed),
    ...notesOf(packed, dtype),
    ...ownHeadNotes(model),
  ];
  const gravity = { refused: 0, unloadable: 1, note: 2 };
  return problems.sort((a, b) => gravity[a.severity] - gravity[b.severity]);
}

/** Quantizers that the format has no codes for. */
function foreignProblems(model: Model, quantizers: ReadonlyMap<string, Quantizer | null>): readonly FormatProblem[] {
  return model.tensors.flatMap(({ name }) => {
    const quantizer = quantizers.get(name) ?? null;
    if (quantizer === null || quantizer.family === 'affine') return [];
    const isPlainCast = quantizer.family === 'cast' && isComputeDtype(quantizer.dtype);
    if (isPlainCast) return [];
    return [formatProblem('refused', name, 'quantizer/no-integers', { quantizer: describeQuantizer(quantizer) })];
  });
}

/** Rules whose codes are integers times a scale, with a zero-point in the code range where there is one. */
const STORED_RULES: readonly AffineRule[] = ['symmetric', 'integer-zero'];

/** The dtype that config.json will name: what all kept parameters are cast to, else the model's own. */
function loadedDtypeOf(model: Model, plan: Plan): Dtype | null {
  const kept = new Set<Dtype>();
  let hasCast = false;
  plan.decisions.forEach(({ quantizer }, i) => {
    const tensor = model.tensors[i];
    if (tensor === undefined || !tensor.isParameter) return;
    const cast = quantizer?.family === 'cast' ? quantizer.dtype : null;
    if (quantizer !== null && cast === null) return;
    kept.add(cast ?? tensor.dtype);
    hasCast ||= cast !== null;
  });
  const [only] = kept;
  return hasCast && kept.size === 1 && only !== undefined ? only : modelDtypeOf(model);
}

/** A problem of a tensor that is not named yet: its code and the arguments of its text. */
type Reason = readonly [code: FormatProblemCode, args?: FailureArgs];

function problemsOf({ tensor, quantizer }: Packed, dtype: Dtype | null): readonly FormatProblem[] {
  const refusals = [refusalOfTensor(tensor), refusalOfQuantizer(quantizer), refusalOfFit(tensor, quantizer, dtype)];
  const unloadable = whyUnloadable(tensor);
  return [
    ...refusals.flatMap((reason) => (reason === null ? [] : [formatProblem('refused', tensor.name, ...reason)])),
    ...(unloadable === null ? [] : [formatProblem('unloadable', tensor.name, ...unloadable)]),
  ];
}

function refusalOfTensor({ name, shape, dtype }: ModelTensor): Reason | null {
  if (shape.length !== 2) return ['tensor/not-a-matrix', { dimensions: shape.length }];
  if (moduleOf(name) === null) return ['tensor/not-a-weight'];
  return isComputeDtype(dtype) ? null : ['tensor/dtype', { dtype }];
}

function refusalOfQuantizer(quantizer: AffineQuantizer): Reason | null {
  const { bits, rule, unit } = quantizer;
  if (!BITS.includes(bits)) return ['quantizer/bits', { bits }];
  if (rule !== 'multiplied' && !STORED_RULES.includes(rule)) {
    return ['quantizer/no-integers', { quantizer: describeQuantizer(quantizer) }];
  }
  if (rule === 'multiplied') return ['quantizer/zero-range', { quantizer: describeQuantizer(quantizer) }];
  return rule === 'integer-zero' && unit === 'tensor' ? ['quantizer/zero-unit'] : null;
}

function refusalOfFit(tensor: ModelTensor, quantizer: AffineQuantizer, dtype: Dtype | null): Reason | null {
  const { inputs } = tensor.view;
  const { groupSize, scaleDtype } = quantizer;
  if (groupSize !== null && inputs % groupSize !== 0) return ['tensor/inputs', { inputs, groupSize }];
  return dtype !== null && scaleDtype !== dtype ? ['tensor/scale-dtype', { dtype, scaleDtype }] : null;
}

function whyUnloadable({ kind }: ModelTensor): Reason | null {
  if (kind === 'embedding') return ['tensor/embedding'];
  return kind === 'router' ? ['tensor/router'] : null;
}

function modelProblems(model: Model, packed: readonly Packed[]): readonly FormatProblem[] {
  const conv1d = packed.filter(({ tensor }) => tensor.kind === 'linear' && tensor.view.transposed);
  return [
    ...(conv1d.length > 0 ? [formatProblem('unloadable', null, 'model/conv1d', { count: conv1d.length })] : []),
    ...(model.config === null ? [formatProblem('unloadable', null, 'model/no-config')] : []),
  ];
}

function notesOf(packed: readonly Packed[], dtype: Dtype | null): readonly FormatProblem[] {
  const groups = new Set(packed.flatMap(({ quantizer }) => quantizer.groupSize ?? []));
  const unusual = [...groups].filter((size) => !VLLM_GROUPS.includes(size));
  const sizes = { sizes: unusual.join(', '), taken: VLLM_GROUPS.join(', ') };
  const notes: readonly (Reason | null)[] = [
    unusual.length > 0 ? ['load/group-size', sizes] : null,
    packed.some(({ quantizer }) => quantizer.unit === 'tensor') ? ['load/one-scale'] : null,
    packed.some(({ quantizer }) => quantizer.rule !== 'symmetric') ? ['load/zero-points'] : null,
    dtype === 'F32' ? ['load/f32'] : null,
    fusedNote(packed),
  ];
  return notes.flatMap((note) => (note === null ? [] : [formatProblem('note', null, ...note)]));
}

/** Partners of a fused matrix that are not packed alike, or not all packed. */
function fusedNote(packed: readonly Packed[]): Reason | null {
  const sets = new Map<string, { readonly words: Set<string>; count: number }>();
  for (const { tensor, quantizer } of packed) {
    const key = fusedKeyOf(moduleOf(tensor.name) ?? '');
    if (key === null) continue;
    const set = sets.get(key) ?? { words: new Set<string>(), count: 0 };
    set.words.add(describeQuantizer(quantizer));
    set.count += 1;
    sets.set(key, set);
  }
  const uneven = [...sets].filter(([key, { words, count }]) => words.size > 1 || count < key.split(',').length);
  const [first] = uneven;
  if (first === undefined) return null;
  const [modules] = first;
  const more = uneven.length - 1;
  return more === 0 ? ['load/fused-uneven', { modules }] : ['load/fused-uneven-more', { modules, more }];
}

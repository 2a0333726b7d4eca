import type { Dtype } from 'safetensors-js';
import type { Model, ModelTensor } from '../../model/model.ts';
import { describeQuantizer } from '../../quantizers/describeQuantizer.ts';
import type { AffineQuantizer } from '../../quantizers/quantizer.ts';
import type { Plan } from '../../recipes/recipe.ts';
import type { FormatProblem } from '../format.ts';
import { isComputeDtype, modelDtypeOf } from '../outputDtype.ts';
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
  if (packed.length === 0) return [refused(null, 'the plan packs no tensor')];
  const dtype = loadedDtypeOf(model, plan);
  const problems = [
    ...packed.flatMap((each) => problemsOf(each, dtype)),
    ...modelProblems(model, packed),
    ...notesOf(packed, dtype),
  ];
  const gravity = { refused: 0, unloadable: 1, note: 2 };
  return problems.sort((a, b) => gravity[a.severity] - gravity[b.severity]);
}

/** The dtype that config.json will name: what all kept parameters are cast to, else the model's own. */
function loadedDtypeOf(model: Model, plan: Plan): Dtype | null {
  const kept = new Set<Dtype>();
  let hasCast = false;
  plan.decisions.forEach(({ quantizer }, i) => {
    const tensor = model.tensors[i];
    if (tensor === undefined || !tensor.isParameter || quantizer?.family === 'affine') return;
    kept.add(quantizer?.dtype ?? tensor.dtype);
    hasCast ||= quantizer !== null;
  });
  const [only] = kept;
  return hasCast && kept.size === 1 && only !== undefined ? only : modelDtypeOf(model);
}

function problemsOf({ tensor, quantizer }: Packed, dtype: Dtype | null): readonly FormatProblem[] {
  const refusals = [refusalOfTensor(tensor), refusalOfQuantizer(quantizer), refusalOfFit(tensor, quantizer, dtype)];
  const why = whyUnloadable(tensor);
  return [
    ...refusals.flatMap((reason) => (reason === null ? [] : [refused(tensor.name, reason)])),
    ...(why === null ? [] : [unloadable(tensor.name, why)]),
  ];
}

function refusalOfTensor({ name, shape, dtype }: ModelTensor): string | null {
  if (shape.length !== 2) return `it has ${shape.length} dimensions; only matrices can be packed`;
  if (moduleOf(name) === null) return 'it is not the weight of a module';
  return isComputeDtype(dtype) ? null : `its dtype ${dtype} is none that the loaders compute in`;
}

function refusalOfQuantizer(quantizer: AffineQuantizer): string | null {
  const { bits, rule, unit } = quantizer;
  if (!BITS.includes(bits)) return `${bits} bits are packed differently by older loaders; use 4 or 8`;
  if (rule === 'multiplied') {
    return `${describeQuantizer(quantizer)} has zero-points outside the code range; rtn with asymmetric has not`;
  }
  if (rule === 'integer-zero' && unit === 'tensor') return 'zero-points are stored by channel or group only';
  return null;
}

function refusalOfFit(tensor: ModelTensor, quantizer: AffineQuantizer, dtype: Dtype | null): string | null {
  const { inputs } = tensor.view;
  const { groupSize, scaleDtype } = quantizer;
  if (groupSize !== null && inputs % groupSize !== 0) {
    return `its ${inputs} inputs cannot be divided into groups of ${groupSize}`;
  }
  if (dtype !== null && scaleDtype !== dtype) {
    return `the model loads as ${dtype}, so scales in ${scaleDtype} would be read as other weights; use ${dtype}`;
  }
  return null;
}

function whyUnloadable({ kind }: ModelTensor): string | null {
  if (kind === 'embedding') return 'it is an embedding; the loaders take Linear modules';
  if (kind === 'router') return 'it is a router, which the loaders leave unquantized';
  return null;
}

function modelProblems(model: Model, packed: readonly Packed[]): readonly FormatProblem[] {
  const conv1d = packed.filter(({ tensor }) => tensor.kind === 'linear' && tensor.view.transposed);
  const problems: FormatProblem[] = [];
  if (conv1d.length > 0) {
    const what = `${conv1d.length} of its quantized layers are Conv1D modules, stored [inputs, channels]`;
    problems.push(unloadable(null, `${what}; the loaders take Linear modules only`));
  }
  if (model.config === null) {
    problems.push(unloadable(null, 'there is no config.json, by which the loaders recognise the format'));
  }
  return problems;
}

function notesOf(packed: readonly Packed[], dtype: Dtype | null): readonly FormatProblem[] {
  const groups = new Set(packed.flatMap(({ quantizer }) => quantizer.groupSize ?? []));
  const unusual = [...groups].filter((size) => !VLLM_GROUPS.includes(size));
  const notes = [
    ...(unusual.length > 0
      ? [`groups of ${unusual.join(', ')} load in Transformers only: vLLM takes 32, 64, 128`]
      : []),
    ...(packed.some(({ quantizer }) => quantizer.unit === 'tensor')
      ? ['one scale per tensor loads in Transformers only: vLLM takes channels and groups']
      : []),
    ...(packed.some(({ quantizer }) => quantizer.rule !== 'symmetric')
      ? ['Transformers 5 opens packed zero-points with dequantize=True only, and with one quantizer for all layers']
      : []),
    ...(dtype === 'F32' ? ['an F32 model loads in Transformers only: vLLM computes in F16 or BF16'] : []),
    ...fusedNotes(packed),
  ];
  return notes.map((why) => ({ tensor: null, why, severity: 'note' }));
}

/** Partners of a fused matrix that are not packed alike, or not all packed. */
function fusedNotes(packed: readonly Packed[]): readonly string[] {
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
  if (first === undefined) return [];
  const others = uneven.length > 1 ? ` and ${uneven.length - 1} more` : '';
  return [`${first[0]}${others} are not packed alike: vLLM fuses them and loads them only with one quantizer`];
}

function refused(tensor: string | null, why: string): FormatProblem {
  return { tensor, why, severity: 'refused' };
}

function unloadable(tensor: string | null, why: string): FormatProblem {
  return { tensor, why, severity: 'unloadable' };
}

import type { Model, ModelTensor } from '../../model/model.ts';
import { describeQuantizer } from '../../quantizers/describeQuantizer.ts';
import type { AffineQuantizer, Quantizer } from '../../quantizers/quantizer.ts';
import type { Plan } from '../../recipes/recipe.ts';
import { moduleOf } from '../compressedTensors/moduleOf.ts';
import { type FormatProblem, formatProblem } from '../formatProblem.ts';
import { isComputeDtype } from '../outputDtype.ts';
import { ownHeadNotes } from '../ownHeadNotes.ts';
import { type BlockQuantizer, isBlockQuantizer, isPackable } from './packable.ts';

interface Packed {
  readonly tensor: ModelTensor;
  readonly quantizer: BlockQuantizer | AffineQuantizer;
}

/** Blocks that only recent versions of the library take. */
const RECENT_BLOCK = 32;

/** Why a plan cannot be stored, which loader would not open it, and what a user should know; the gravest first. */
export function checkPlan(model: Model, plan: Plan): readonly FormatProblem[] {
  const quantizers = new Map(plan.decisions.map(({ tensor, quantizer }) => [tensor, quantizer]));
  const packed = model.tensors.flatMap((tensor): readonly Packed[] => {
    const quantizer = quantizers.get(tensor.name) ?? null;
    return isPackable(quantizer) ? [{ tensor, quantizer }] : [];
  });
  const foreign = model.tensors.flatMap(({ name }) => foreignProblem(name, quantizers.get(name) ?? null));
  if (packed.length === 0) return [...foreign, formatProblem('refused', null, 'plan/packs-nothing')];
  const problems = [
    ...foreign,
    ...packed.flatMap(refusalOf),
    ...mixedProblem(packed),
    ...packed.flatMap(unloadableProblem),
    ...(model.config === null ? [formatProblem('unloadable', null, 'model/no-config')] : []),
    ...notesOf(packed),
    ...ownHeadNotes(model),
  ];
  const gravity = { refused: 0, unloadable: 1, note: 2 };
  return problems.sort((a, b) => gravity[a.severity] - gravity[b.severity]);
}

/** Quantizers that the format has no codes for. */
function foreignProblem(name: string, quantizer: Quantizer | null): readonly FormatProblem[] {
  if (quantizer === null) return [];
  if (isPackable(quantizer)) {
    const hasOutliers = quantizer.family === 'affine' && quantizer.outliers !== undefined;
    return hasOutliers ? [formatProblem('refused', name, 'quantizer/outlier-columns')] : [];
  }
  const isPlainCast = quantizer.family === 'cast' && isComputeDtype(quantizer.dtype) && quantizer.scaleUnit === null;
  if (isPlainCast) return [];
  return [formatProblem('refused', name, 'quantizer/no-bitsandbytes', { quantizer: describeQuantizer(quantizer) })];
}

function refusalOf({ tensor }: Packed): readonly FormatProblem[] {
  const { name, shape, dtype } = tensor;
  if (shape.length !== 2) return [formatProblem('refused', name, 'tensor/not-a-matrix', { dimensions: shape.length })];
  if (moduleOf(name) === null) return [formatProblem('refused', name, 'tensor/not-a-weight')];
  return isComputeDtype(dtype) ? [] : [formatProblem('refused', name, 'tensor/dtype', { dtype })];
}

/** config.json has one width, one type of levels and one setting of double quantization for all layers. */
function mixedProblem(packed: readonly Packed[]): readonly FormatProblem[] {
  const words = [...new Set(packed.map(({ quantizer }) => describeQuantizer(quantizer)))];
  if (words.length === 1) return [];
  return [formatProblem('refused', null, 'model/one-quantizer', { quantizers: words.join(', ') })];
}

function unloadableProblem({ tensor: { name, kind } }: Packed): readonly FormatProblem[] {
  switch (kind) {
    case 'embedding':
      return [formatProblem('unloadable', name, 'tensor/embedding')];
    case 'router':
      return [formatProblem('unloadable', name, 'tensor/router')];
    case 'head':
      return [formatProblem('unloadable', name, 'tensor/head')];
    default:
      return [];
  }
}

function notesOf(packed: readonly Packed[]): readonly FormatProblem[] {
  const isTransposed = packed.some(({ tensor }) => tensor.view.transposed);
  const isRecent = packed.some(({ quantizer }) => isBlockQuantizer(quantizer) && quantizer.blockSize === RECENT_BLOCK);
  return [
    ...(isTransposed ? [formatProblem('note', null, 'load/conv1d')] : []),
    ...(isRecent ? [formatProblem('note', null, 'load/block-size', { blockSize: RECENT_BLOCK })] : []),
  ];
}

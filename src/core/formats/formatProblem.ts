import { type FailureArgs, fillText } from '../failure.ts';

/**
 * Why a format or its loaders refuse, and what a saved model lacks: English with its arguments in braces, a clause that
 * follows the tensor's name. The extension translates these; the command line and the report have them in English.
 */
export const PROBLEM_TEXTS = {
  'plan/packs-nothing': 'the plan packs no tensor',
  'plan/outlier-columns':
    '{columns} of the {inputs} input columns of {tensors} tensors ({percent} %) are outliers, kept in F16 beside the codes',
  'tensor/not-a-matrix': 'it has {dimensions} dimensions; only matrices can be packed',
  'tensor/not-a-weight': 'it is not the weight of a module',
  'tensor/dtype': 'its dtype {dtype} is none that the loaders compute in',
  'tensor/embedding': 'it is an embedding; the loaders take Linear modules',
  'tensor/head': 'it is the head, which the loaders leave unquantized',
  'tensor/router': 'it is a router, which the loaders leave unquantized',
  'tensor/inputs': 'its {inputs} inputs cannot be divided into groups of {groupSize}',
  'tensor/scale-dtype':
    'the model loads as {dtype}, so scales in {scaleDtype} would be read as other weights; use {dtype}',
  'tensor/stored-as-f32':
    'its values after quantization are stored as F32, not as {dtype}, unless another dtype is chosen',
  'tensor/saturated-scales':
    '{count} scales were beyond their stored dtype and were clamped to its finite, non-zero values',
  'tensor/distant-slices':
    '{count} slices lie so far from 0, in steps of their grid, that encoding what they decode to may give other codes',
  'quantizer/bits': '{bits} bits are packed differently by older loaders; use 4 or 8',
  'quantizer/no-integers': '{quantizer} is no grid of integers and a scale, which is all that this format holds',
  'quantizer/no-bitsandbytes': '{quantizer} is none of nf4, fp4 and llm-int8, which are all that this format holds',
  'quantizer/outlier-columns':
    'its outlier columns are kept apart; bitsandbytes finds them in activations and stores none, so leave outliers out',
  'quantizer/analysis-only': '{quantizer} is a float that no file holds; save it dequantized',
  'quantizer/zero-range': '{quantizer} has zero-points outside the code range; rtn with asymmetric has not',
  'quantizer/zero-unit': 'zero-points are stored by channel or group only',
  'model/conv1d':
    '{count} of its quantized layers are Conv1D modules, stored [inputs, channels]; the loaders take Linear modules only',
  'model/one-quantizer':
    'one model holds one of nf4, fp4 and llm-int8 in one form, not several ({quantizers}); keep the other layers',
  'model/no-config': 'there is no config.json, by which the loaders recognise the format',
  'model/undecodable': 'the checkpoint is packed as {format}, which cannot all be decoded',
  'load/group-size': 'groups of {sizes} load in Transformers only: vLLM takes {taken}',
  'load/one-scale': 'one scale per tensor loads in Transformers only: vLLM takes channels and groups',
  'load/zero-points':
    'Transformers 5 opens packed zero-points with dequantize=True only, and with one quantizer for all layers',
  'load/conv1d':
    'Conv1D layers load in Transformers only: vLLM transposes their weights, which are stored transposed already',
  'load/block-size': 'blocks of {blockSize} load with recent versions of bitsandbytes only',
  'load/f32': 'an F32 model loads in Transformers only: vLLM computes in F16 or BF16',
  'load/head-of-base':
    'a head beside names without the prefix of the model loads in Transformers 5 only: 4 takes these for a model without a head',
  'load/fused-uneven': '{modules} are not packed alike: vLLM fuses them and loads them only with one quantizer',
  'load/fused-uneven-more':
    '{modules} and {more} more are not packed alike: vLLM fuses them and loads them only with one quantizer',
  'copy/nothing':
    "There is no config.json beside the checkpoint, so its folder was not taken for the model's own: nothing was copied along.",
  'copy/only-known':
    "There is no config.json beside the checkpoint, so its folder was not taken for the model's own: only {names} went along.",
  'copy/too-much':
    'The folder of the checkpoint holds more than {files} files or {gigabytes} GB beside the weights: only those that loaders know by name were copied along ({names}).',
  'copy/folder-link': '{file} is a link to a folder and was not copied along.',
  'copy/dangling-link': '{file} is a link to nothing and was not copied along.',
} as const;

export type FormatProblemCode = keyof typeof PROBLEM_TEXTS;

/** A reason why a format or its loaders refuse, with the tensor it is about (null: the whole model). */
export interface FormatProblem {
  readonly tensor: string | null;
  /** Of `PROBLEM_TEXTS`, or of the failure that a save would end with. */
  readonly code: string;
  readonly args: FailureArgs;
  /** In English. */
  readonly why: string;
  /** `refused`: cannot be stored. `unloadable`: can be stored, no loader opens it. `note`: loads with a limit (say so). */
  readonly severity: 'refused' | 'unloadable' | 'note';
}

/** The problem of a code; `args` are what its text names in braces. */
export function formatProblem(
  severity: FormatProblem['severity'],
  tensor: string | null,
  code: FormatProblemCode,
  args: FailureArgs = {},
): FormatProblem {
  return { tensor, code, args, why: fillText(PROBLEM_TEXTS[code], args), severity };
}

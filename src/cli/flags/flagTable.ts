import { CLIP_FORMS } from '../../core/quantizers/clipRule.ts';
import { ID_FORMS } from '../../core/quantizers/presets.ts';
import type { FlagGroup } from './flag.ts';

/** Every flag there is, in the groups of the help. Each command takes whole groups. */

export const GENERAL_FLAGS: FlagGroup = {
  title: 'General',
  flags: [
    { name: 'json', help: 'Print one JSON document on stdout instead of text (also for failures).' },
    { name: 'help', short: 'h', help: 'Show this help.' },
  ],
};

export const THREAD_FLAGS: FlagGroup = {
  title: 'Work',
  flags: [
    { name: 'threads', value: 'N', help: 'Worker threads. Default: as many as cores, at most 8.' },
    {
      name: 'backend',
      value: 'ID',
      help: 'auto (default), wasm, or webgpu: where quantizers that search do so. auto takes a GPU where the package webgpu is installed, finds one, and is measured to be faster; webgpu takes any adapter, software adapters too. Encoding is always by wasm.',
    },
    { name: 'gpu-module', value: 'PATH', help: 'The package webgpu, where it is not found by its name.' },
  ],
};

export const TENSOR_FLAGS: FlagGroup = {
  title: 'Which tensors',
  flags: [
    {
      name: 'tensor',
      value: 'GLOB',
      isRepeatable: true,
      help: 'Only tensors whose name matches: * crosses dots, ? is one character, {a,b} are alternatives. A pattern matches the whole name or what follows a dot.',
    },
  ],
};

export const HISTOGRAM_FLAGS: FlagGroup = {
  title: 'Histogram',
  flags: [
    { name: 'bins', value: 'N', help: 'Bins of the histogram, 1 to 10000. Default: 24.' },
    {
      name: 'range',
      value: 'LOW,HIGH',
      help: 'Range of the histogram. Default: the middle 99.8 % of the weights; what lies outside is counted below and above.',
    },
    { name: 'log', help: 'Draw the bars in proportion to the logarithm of the counts.' },
  ],
};

export const QUANTIZER_FLAGS: FlagGroup = {
  title: 'Quantizer (what is left out takes the defaults of the format, then of the quantizer)',
  flags: [
    {
      name: 'quantizer',
      value: 'ID',
      help: `One of: ${ID_FORMS.join(', ')} (E exponent and M mantissa bits).`,
    },
    {
      name: 'bits',
      value: 'N',
      help: 'Bits of a code, 1 to 8 (absmax, rtn: 2 to 8; hqq: 1, 2, 3, 4, 8; fixed-point: 2 to 32).',
    },
    { name: 'unit', value: 'UNIT', help: 'What shares a scale: tensor, channel or group.' },
    {
      name: 'group-size',
      value: 'N',
      help: 'Weights per group along the inputs of a channel; implies --unit group. Of nf4 and fp4 weights per block.',
    },
    {
      name: 'scale-dtype',
      value: 'DTYPE',
      help: 'How scales are stored: F32, F16 or BF16. Default: what the format stores, else F16.',
    },
    { name: 'asymmetric', help: 'A zero-point beside the scale (rtn).' },
    {
      name: 'clip',
      value: 'RULE',
      help: `Narrows the interval before scales are derived: ${CLIP_FORMS}. kl is for unit tensor. Default: none.`,
    },
    {
      name: 'sequence',
      value: 'PLANES',
      help: 'Sign planes of binary and the rule of their scales: sup and l2 with their numbers, such as supx4,l2x2.',
    },
    {
      name: 'fraction',
      value: 'N',
      help: 'Bits after the point of fixed-point: -40 to 40, auto (the most at which nothing saturates, the default) or mse (least error).',
    },
    {
      name: 'outliers',
      value: 'T',
      help: 'Input columns that llm-int8 keeps apart in F16: those with a weight of at least 6sigma, or of a magnitude such as 0.5.',
    },
    { name: 'double-quant', help: 'Quantizes the block scales of nf4 and fp4 in turn.' },
    { name: 'levels', value: 'FILE', help: 'The levels of --quantizer levels: a text file of 2 to 256 numbers.' },
    { name: 'level-dtype', value: 'DTYPE', help: 'How levels are stored: F16 or F32.' },
    { name: 'saturate', help: 'Beyond the largest finite value to it, not to infinity (f16, float:E,M).' },
    {
      name: 'recipe',
      value: 'FILE',
      help: 'Rules from a *.loupe.json file, or from a recipe that comes with the program, by its name (loupe recipes lists them), in place of --quantizer and the flags that choose tensors.',
    },
  ],
};

export const SELECTION_FLAGS: FlagGroup = {
  title: 'Which tensors are quantized (default: kind linear; a cast: every floating tensor)',
  flags: [
    {
      name: 'include',
      value: 'GLOB',
      isRepeatable: true,
      help: 'Quantize only what matches. An exact name may be of any kind.',
    },
    { name: 'exclude', value: 'GLOB', isRepeatable: true, help: 'Keep what matches as it is.' },
    {
      name: 'kind',
      value: 'KINDS',
      help: 'Kinds to quantize, with commas: linear, embedding, head, router, conv, norm, other, or all.',
    },
    {
      name: 'axis',
      value: 'N',
      help: 'The dimension of 2-D weights that holds the channels, 0 or 1. Default: by model type.',
    },
    { name: 'non-finite', value: 'RULE', help: 'What to do with NaN and infinities: refuse (default) or clamp.' },
  ],
};

export const COMPARE_FLAGS: FlagGroup = {
  title: 'Comparison',
  flags: [
    {
      name: 'quantizers',
      value: 'IDS',
      help: 'Only those of these ids, with commas. Default: every published method at its usual settings.',
    },
    { name: 'format', value: 'ID', help: 'Measure what the loaders of this packed format would compute.' },
    { name: 'csv', help: 'Print the table as CSV, unrounded.' },
  ],
};

export const FORMAT_FLAGS: FlagGroup = {
  title: 'Packed format',
  flags: [
    { name: 'format', value: 'ID', help: 'compressed-tensors, bitsandbytes, loupe or dequantized.' },
    {
      name: 'dtype',
      value: 'DTYPE',
      help: 'Dtype of a dequantized save: F32, F16 or BF16. Default: that of the source.',
    },
  ],
};

export const SAVE_FLAGS: FlagGroup = {
  title: 'Saving',
  flags: [
    { name: 'out', value: 'PATH', help: 'A folder, or one file ending in .safetensors (loupe, dequantized).' },
    { name: 'max-shard-size', value: 'SIZE', help: 'Largest file, such as 500MB or 5GB. Default: 5GB.' },
    {
      name: 'dry-run',
      help: 'Plan only: files and sizes to the byte, and what loaders would refuse. Nothing is written.',
    },
    { name: 'force', help: 'Replace a target that an earlier save wrote.' },
    { name: 'allow-unloadable', help: 'Save also where no loader of the format opens the result.' },
  ],
};

export const VERIFY_FLAGS: FlagGroup = {
  title: 'Comparison',
  flags: [
    { name: 'against', value: 'FILE', help: 'The original checkpoint.' },
    {
      name: 'min-sqnr',
      value: 'DB',
      help: 'Exit with 4 where the SQNR of a quantized tensor is lower: a gate for CI.',
    },
  ],
};

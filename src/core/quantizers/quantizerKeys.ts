import type { ParameterName } from './presets.ts';
import type { QuantizerSpec } from './quantizer.ts';

/** What the value of a parameter is in a recipe, beside the range that its preset allows. */
export type ParameterForm =
  | { readonly kind: 'number' }
  | { readonly kind: 'text' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'number-or-choice'; readonly of: readonly string[] }
  | { readonly kind: 'numbers' };

/** A parameter of a quantizer as recipes spell it. */
export interface QuantizerKey {
  readonly key: Exclude<keyof QuantizerSpec, 'id'>;
  readonly form: ParameterForm;
  /** One sentence, in the JSON schema and in editors. */
  readonly description: string;
}

/** Every parameter by its name in recipes and file metadata; the command line writes `--group-size`. */
export const QUANTIZER_KEYS: Readonly<Record<ParameterName, QuantizerKey>> = {
  bits: { key: 'bits', form: { kind: 'number' }, description: 'Bits of a code.' },
  unit: {
    key: 'unit',
    form: { kind: 'choice', of: ['tensor', 'channel', 'group'] },
    description:
      'What shares parameters: the whole tensor, one output channel, or a group of weights along the inputs.',
  },
  group_size: {
    key: 'groupSize',
    form: { kind: 'number' },
    description: 'Weights per group, for unit group; of nf4 and fp4 weights per block.',
  },
  scale_dtype: {
    key: 'scaleDtype',
    form: { kind: 'choice', of: ['F32', 'F16', 'BF16'] },
    description: 'Dtype in which scales are stored.',
  },
  asymmetric: {
    key: 'asymmetric',
    form: { kind: 'switch' },
    description: 'With a zero-point, over [min, max] (rtn).',
  },
  level_dtype: {
    key: 'levelDtype',
    form: { kind: 'choice', of: ['F32', 'F16'] },
    description: 'Dtype in which the levels of a codebook are stored.',
  },
  clip: {
    key: 'clip',
    form: { kind: 'text' },
    description:
      'Narrows the interval before scales are derived: none, percentile:P, sigma:K, absolute:T, absolute:LO,HI, mse, or kl (unit tensor).',
  },
  sequence: {
    key: 'sequence',
    form: { kind: 'text' },
    description: 'Sign planes of binary coding and the rule of their scales, such as supx4,l2x2.',
  },
  fraction: {
    key: 'fraction',
    form: { kind: 'number-or-choice', of: ['auto', 'mse'] },
    description:
      'Bits after the point of fixed point: a number, auto (the most at which nothing saturates), or mse (least error).',
  },
  outliers: {
    key: 'outliers',
    form: { kind: 'text' },
    description: 'Input columns that llm-int8 keeps apart in F16: 6sigma, or a magnitude such as 0.5.',
  },
  double_quant: {
    key: 'doubleQuant',
    form: { kind: 'switch' },
    description: 'Block scales quantized in turn (nf4, fp4).',
  },
  levels: { key: 'levels', form: { kind: 'numbers' }, description: 'Your own levels, 2 to 256 of them.' },
  saturate: {
    key: 'saturate',
    form: { kind: 'switch' },
    description: 'Beyond the largest finite value to it, not to infinity (f16, float:E,M).',
  },
};

/** The names, in the order in which recipes are written. */
export const PARAMETER_NAMES = Object.keys(QUANTIZER_KEYS) as readonly ParameterName[];

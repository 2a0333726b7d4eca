import type {
  AffineRule,
  CastQuantizer,
  QuantizerId,
  QuantizerSpec,
  RangeRule,
  ScaleDtype,
  Unit,
} from './quantizer.ts';

/** A parameter of a quantizer, spelled as in recipes; the command line writes `--group-size`. */
export type ParameterName = 'bits' | 'unit' | 'group_size' | 'scale_dtype' | 'asymmetric';

/** The integers `from..to`. */
export interface WholeNumbers {
  readonly from: number;
  readonly to: number;
}

/** How one preset uses a grid of 2^bits codes. */
export interface AffineGrid {
  readonly range: RangeRule;
  readonly rule: AffineRule;
  readonly divisor: (bits: number) => number;
  /** `narrow` leaves out the lowest code, so that the codes are symmetric about 0. */
  readonly codes: 'full' | 'narrow';
}

interface PresetBase {
  readonly id: QuantizerId;
  /** One line for menus and `--help`. */
  readonly summary: string;
  /** What the preset takes; anything else is refused by name. */
  readonly takes: readonly ParameterName[];
}

export interface AffinePreset extends PresetBase {
  readonly family: 'affine';
  readonly bits: WholeNumbers;
  readonly units: readonly Unit[];
  readonly scaleDtypes: readonly ScaleDtype[];
  readonly defaults: Required<Pick<QuantizerSpec, 'bits' | 'unit' | 'groupSize' | 'scaleDtype'>>;
  readonly grid: AffineGrid;
  /** The grid with `asymmetric`, for presets that take it. */
  readonly asymmetricGrid?: AffineGrid;
}

export interface CastPreset extends PresetBase {
  readonly family: 'cast';
  readonly dtype: CastQuantizer['dtype'];
}

export type Preset = AffinePreset | CastPreset;

/** Weights per group that a quantizer accepts; the upper limit keeps 32-bit counters in kernels safe. */
export const GROUP_SIZES: WholeNumbers = { from: 2, to: 2 ** 20 };

const UNITS = ['tensor', 'channel', 'group'] as const;
const SCALE_DTYPES = ['F32', 'F16', 'BF16'] as const;
const AFFINE_PARAMETERS = ['bits', 'unit', 'group_size', 'scale_dtype'] as const;

/** One row per quantizer; the formulas stand at `AffineRule`. */
const ROWS: readonly Preset[] = [
  {
    id: 'absmax',
    family: 'affine',
    summary: 'Symmetric, the largest magnitude on the highest code',
    takes: AFFINE_PARAMETERS,
    bits: { from: 2, to: 8 },
    units: UNITS,
    scaleDtypes: SCALE_DTYPES,
    defaults: { bits: 8, unit: 'channel', groupSize: 128, scaleDtype: 'F16' },
    grid: {
      range: 'max-magnitude',
      rule: 'symmetric',
      divisor: (bits) => 2 ** (bits - 1) - 1,
      codes: 'narrow',
    },
  },
  {
    id: 'absmax-full',
    family: 'affine',
    summary: 'The element of largest magnitude on the lowest code, the scale takes its sign',
    takes: AFFINE_PARAMETERS,
    bits: { from: 2, to: 8 },
    units: UNITS,
    scaleDtypes: SCALE_DTYPES,
    defaults: { bits: 8, unit: 'channel', groupSize: 128, scaleDtype: 'F16' },
    grid: { range: 'signed-extreme', rule: 'symmetric', divisor: (bits) => -(2 ** (bits - 1)), codes: 'full' },
  },
  {
    id: 'rtn',
    family: 'affine',
    summary: 'Round to nearest, the rule of compressed-tensors and GPTQ',
    takes: [...AFFINE_PARAMETERS, 'asymmetric'],
    bits: { from: 2, to: 8 },
    units: UNITS,
    scaleDtypes: SCALE_DTYPES,
    defaults: { bits: 4, unit: 'group', groupSize: 128, scaleDtype: 'F16' },
    grid: { range: 'max-magnitude', rule: 'symmetric', divisor: (bits) => (2 ** bits - 1) / 2, codes: 'full' },
    asymmetricGrid: { range: 'min-max-zero', rule: 'integer-zero', divisor: (bits) => 2 ** bits - 1, codes: 'full' },
  },
  {
    id: 'zero-point',
    family: 'affine',
    summary: 'Asymmetric over [min, max], with an integer zero-point',
    takes: AFFINE_PARAMETERS,
    bits: { from: 2, to: 8 },
    units: UNITS,
    scaleDtypes: SCALE_DTYPES,
    defaults: { bits: 8, unit: 'tensor', groupSize: 128, scaleDtype: 'F32' },
    grid: { range: 'min-max', rule: 'multiplied', divisor: (bits) => 2 ** bits - 1, codes: 'full' },
  },
  { id: 'f16', family: 'cast', summary: 'IEEE half precision', takes: [], dtype: 'F16' },
  {
    id: 'bf16',
    family: 'cast',
    summary: 'bfloat16: the range of F32 with 8 bits of precision',
    takes: [],
    dtype: 'BF16',
  },
];

/** Every preset by its id, in the order in which menus show them. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map(ROWS.map((row) => [row.id, row]));

/** The ids, in the order in which menus show them. */
export const QUANTIZER_IDS: readonly QuantizerId[] = ROWS.map(({ id }) => id);

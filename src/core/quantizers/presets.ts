import type { FloatFormat } from '../numbers/floatFormat.ts';
import type {
  AffineQuantizer,
  AffineRule,
  BinaryQuantizer,
  CastQuantizer,
  Codebook,
  LevelDtype,
  QuantizerId,
  QuantizerSpec,
  RangeRule,
  ScaleDtype,
  Unit,
} from './quantizer.ts';

/** A parameter of a quantizer, spelled as in recipes; the command line writes `--group-size`. */
export type ParameterName =
  | 'bits'
  | 'unit'
  | 'group_size'
  | 'scale_dtype'
  | 'asymmetric'
  | 'level_dtype'
  | 'clip'
  | 'sequence'
  | 'fraction'
  | 'outliers'
  | 'double_quant'
  | 'levels'
  | 'saturate';

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
  /** Lowest and highest code. */
  readonly codes: (bits: number) => readonly [lo: number, hi: number];
}

interface PresetBase {
  readonly id: QuantizerId;
  /** One line for menus and `--help`. */
  readonly summary: string;
  /** What the preset takes; anything else is refused by name. */
  readonly takes: readonly ParameterName[];
  /** Every parameter that it takes and that has a default. */
  readonly defaults: Omit<QuantizerSpec, 'id'>;
  /** Bits that it offers; empty where it has none to choose. */
  readonly bits: readonly number[];
  readonly units: readonly Unit[];
  readonly scaleDtypes: readonly ScaleDtype[];
  readonly levelDtypes: readonly LevelDtype[];
}

export interface AffinePreset extends PresetBase {
  readonly family: 'affine';
  readonly grid: AffineGrid;
  /** The grid with `asymmetric`, for presets that take it. */
  readonly asymmetricGrid?: AffineGrid;
  readonly solver?: AffineQuantizer['solver'];
}

export interface CodebookPreset extends PresetBase {
  readonly family: 'codebook';
  readonly codebook: Exclude<Codebook, { readonly kind: 'given' }> | { readonly kind: 'given' };
}

export interface BinaryPreset extends PresetBase {
  readonly family: 'binary';
  readonly method: BinaryQuantizer['method'];
}

export interface CastPreset extends PresetBase {
  readonly family: 'cast';
  readonly dtype: CastQuantizer['dtype'];
  readonly format: FloatFormat;
  readonly saturates: boolean;
}

export interface FixedPointPreset extends PresetBase {
  readonly family: 'fixed-point';
}

export type Preset = AffinePreset | CodebookPreset | BinaryPreset | CastPreset | FixedPointPreset;

/** Weights per group that a quantizer accepts; the upper limit keeps 32-bit counters in kernels safe. */
export const GROUP_SIZES: WholeNumbers = { from: 2, to: 2 ** 20 };
/** Weights per block of NF4 and FP4, as bitsandbytes takes them. */
export const BLOCK_SIZES: readonly number[] = [32, 64, 128, 256, 512, 1024, 2048, 4096];
/** Bits after the point of fixed point. */
export const FRACTION_BITS: WholeNumbers = { from: -40, to: 40 };
/** Levels that a user's own codebook may have. */
export const LEVEL_COUNTS: WholeNumbers = { from: 2, to: 256 };

const UNITS = ['tensor', 'channel', 'group'] as const;
const SCALE_DTYPES = ['F32', 'F16', 'BF16'] as const;
const AFFINE_PARAMETERS = ['bits', 'unit', 'group_size', 'scale_dtype', 'clip'] as const;
const NONE = { bits: [], units: [], scaleDtypes: [], levelDtypes: [], defaults: {}, takes: [] } as const;
const CODES_2_TO_8 = [2, 3, 4, 5, 6, 7, 8];
const CODES_1_TO_8 = [1, ...CODES_2_TO_8];

const full = (bits: number): readonly [number, number] => [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
/** Without the lowest code, so that the codes are symmetric about 0. */
const narrow = (bits: number): readonly [number, number] => [1 - 2 ** (bits - 1), 2 ** (bits - 1) - 1];
const unsigned = (bits: number): readonly [number, number] => [0, 2 ** bits - 1];

const F8_E4M3: FloatFormat = { exponentBits: 4, mantissaBits: 3, kind: 'fn' };
const F8_E5M2: FloatFormat = { exponentBits: 5, mantissaBits: 2, kind: 'ieee' };

/** One row per quantizer; the formulas stand at `AffineRule` and at the quantizers of the other families. */
const ROWS: readonly Preset[] = [
  {
    ...NONE,
    id: 'absmax',
    family: 'affine',
    summary: 'Symmetric, the largest magnitude on the highest code',
    takes: AFFINE_PARAMETERS,
    bits: CODES_2_TO_8,
    units: UNITS,
    scaleDtypes: SCALE_DTYPES,
    defaults: { bits: 8, unit: 'channel', groupSize: 128, scaleDtype: 'F16' },
    grid: { range: 'max-magnitude', rule: 'symmetric', divisor: (bits) => 2 ** (bits - 1) - 1, codes: narrow },
  },
  {
    ...NONE,
    id: 'absmax-full',
    family: 'affine',
    summary: 'The element of largest magnitude on the lowest code, the scale takes its sign',
    takes: AFFINE_PARAMETERS,
    bits: CODES_1_TO_8,
    units: UNITS,
    scaleDtypes: SCALE_DTYPES,
    defaults: { bits: 8, unit: 'channel', groupSize: 128, scaleDtype: 'F16' },
    grid: { range: 'signed-extreme', rule: 'symmetric', divisor: (bits) => -(2 ** (bits - 1)), codes: full },
  },
  {
    ...NONE,
    id: 'rtn',
    family: 'affine',
    summary: 'Round to nearest, the rule of compressed-tensors and GPTQ',
    takes: [...AFFINE_PARAMETERS, 'asymmetric'],
    bits: CODES_2_TO_8,
    units: UNITS,
    scaleDtypes: SCALE_DTYPES,
    defaults: { bits: 4, unit: 'group', groupSize: 128, scaleDtype: 'F16' },
    grid: { range: 'max-magnitude', rule: 'symmetric', divisor: (bits) => (2 ** bits - 1) / 2, codes: full },
    asymmetricGrid: { range: 'min-max-zero', rule: 'integer-zero', divisor: (bits) => 2 ** bits - 1, codes: full },
  },
  {
    ...NONE,
    id: 'zero-point',
    family: 'affine',
    summary: 'Asymmetric over [min, max], with an integer zero-point',
    takes: AFFINE_PARAMETERS,
    bits: CODES_1_TO_8,
    units: UNITS,
    scaleDtypes: SCALE_DTYPES,
    defaults: { bits: 8, unit: 'tensor', groupSize: 128, scaleDtype: 'F32' },
    grid: { range: 'min-max', rule: 'multiplied', divisor: (bits) => 2 ** bits - 1, codes: full },
  },
  {
    ...NONE,
    id: 'uniform',
    family: 'affine',
    summary: 'Equal cells over [min, max], decoded to their middles',
    takes: ['bits', 'unit', 'group_size', 'clip'],
    bits: CODES_1_TO_8,
    units: UNITS,
    scaleDtypes: ['F32'],
    defaults: { bits: 4, unit: 'tensor', groupSize: 128, scaleDtype: 'F32' },
    grid: { range: 'min-max', rule: 'cells', divisor: (bits) => 2 ** bits, codes: unsigned },
  },
  {
    ...NONE,
    id: 'llm-int8',
    family: 'affine',
    summary: 'INT8 per row by the rule of bitsandbytes, outlier columns apart where asked',
    takes: ['outliers'],
    bits: [8],
    units: ['channel'],
    scaleDtypes: ['F32'],
    defaults: { bits: 8, unit: 'channel', scaleDtype: 'F32' },
    grid: { range: 'max-magnitude', rule: 'row-absmax', divisor: () => 127, codes: narrow },
  },
  {
    ...NONE,
    id: 'hqq',
    family: 'affine',
    summary: 'Half-quadratic: the zero-point solved for a sparse error, group by group',
    takes: ['bits', 'unit', 'group_size', 'scale_dtype'],
    bits: [1, 2, 3, 4, 8],
    units: ['channel', 'group'],
    scaleDtypes: SCALE_DTYPES,
    defaults: { bits: 4, unit: 'group', groupSize: 64, scaleDtype: 'F16' },
    grid: { range: 'min-max', rule: 'float-zero', divisor: (bits) => 2 ** bits - 1, codes: unsigned },
    solver: 'hqq',
  },
  {
    ...NONE,
    id: 'nf4',
    family: 'codebook',
    summary: 'NormalFloat4 of QLoRA: fixed levels times the scale of a block',
    takes: ['group_size', 'double_quant'],
    bits: [4],
    defaults: { bits: 4, groupSize: 64, doubleQuant: false },
    codebook: { kind: 'fixed', table: 'nf4' },
  },
  {
    ...NONE,
    id: 'fp4',
    family: 'codebook',
    summary: 'FP4 of bitsandbytes: fixed levels times the scale of a block',
    takes: ['group_size', 'double_quant'],
    bits: [4],
    defaults: { bits: 4, groupSize: 64, doubleQuant: false },
    codebook: { kind: 'fixed', table: 'fp4' },
  },
  {
    ...NONE,
    id: 'lloyd-max',
    family: 'codebook',
    summary: 'Levels of least squared error, by alternating means and midpoints',
    takes: ['bits', 'unit', 'level_dtype'],
    bits: CODES_1_TO_8,
    units: ['tensor', 'channel'],
    levelDtypes: ['F16', 'F32'],
    defaults: { bits: 4, unit: 'tensor', levelDtype: 'F16' },
    codebook: { kind: 'searched', method: 'lloyd-max' },
  },
  {
    ...NONE,
    id: 'optimal',
    family: 'codebook',
    summary: 'The codebook of least squared error there is, exactly',
    takes: ['bits', 'level_dtype'],
    bits: CODES_1_TO_8,
    units: ['tensor'],
    levelDtypes: ['F16', 'F32'],
    defaults: { bits: 4, unit: 'tensor', levelDtype: 'F16' },
    codebook: { kind: 'searched', method: 'optimal' },
  },
  {
    ...NONE,
    id: 'levels',
    family: 'codebook',
    summary: 'Your own levels',
    takes: ['levels', 'level_dtype'],
    units: ['tensor'],
    levelDtypes: ['F16', 'F32'],
    defaults: { unit: 'tensor', levelDtype: 'F32' },
    codebook: { kind: 'given' },
  },
  {
    ...NONE,
    id: 'binary',
    family: 'binary',
    summary: 'Sign planes with a scale each, greedy on the residual',
    takes: ['sequence', 'unit', 'group_size'],
    units: ['channel', 'group'],
    defaults: { sequence: 'supx4', unit: 'channel', groupSize: 128 },
    method: 'greedy',
  },
  {
    ...NONE,
    id: 'xnor',
    family: 'binary',
    summary: 'One sign plane, scaled by the mean magnitude',
    takes: ['unit', 'group_size'],
    units: ['channel', 'group'],
    defaults: { sequence: 'l2x1', unit: 'channel', groupSize: 128 },
    method: 'greedy',
  },
  {
    ...NONE,
    id: 'alternating',
    family: 'binary',
    summary: 'Sign planes whose scales and signs are refined in turn',
    takes: ['bits', 'unit', 'group_size'],
    bits: CODES_1_TO_8,
    units: ['channel', 'group'],
    defaults: { bits: 4, unit: 'channel', groupSize: 128 },
    method: 'alternating',
  },
  {
    ...NONE,
    id: 'f16',
    family: 'cast',
    summary: 'IEEE half precision',
    takes: ['saturate'],
    dtype: 'F16',
    format: { exponentBits: 5, mantissaBits: 10, kind: 'ieee' },
    saturates: false,
  },
  {
    ...NONE,
    id: 'bf16',
    family: 'cast',
    summary: 'bfloat16: the range of F32 with 8 bits of precision',
    dtype: 'BF16',
    format: { exponentBits: 8, mantissaBits: 7, kind: 'ieee' },
    saturates: false,
  },
  {
    ...NONE,
    id: 'f8-e4m3',
    family: 'cast',
    summary: '8-bit float of 3 mantissa bits, to ±448, with a scale where asked',
    takes: ['unit', 'scale_dtype'],
    units: ['tensor', 'channel'],
    scaleDtypes: SCALE_DTYPES,
    dtype: 'F8_E4M3',
    format: F8_E4M3,
    saturates: true,
  },
  {
    ...NONE,
    id: 'f8-e5m2',
    family: 'cast',
    summary: '8-bit float of 2 mantissa bits, to ±57344, with a scale where asked',
    takes: ['unit', 'scale_dtype'],
    units: ['tensor', 'channel'],
    scaleDtypes: SCALE_DTYPES,
    dtype: 'F8_E5M2',
    format: F8_E5M2,
    saturates: true,
  },
  {
    ...NONE,
    id: 'tf32',
    family: 'cast',
    summary: 'TF32 of tensor cores: the range of F32 with 11 bits of precision (analysis)',
    dtype: null,
    format: { exponentBits: 8, mantissaBits: 10, kind: 'ieee' },
    saturates: false,
  },
  floatPreset(4, 3),
  {
    ...NONE,
    id: 'fixed-point',
    family: 'fixed-point',
    summary: 'Fixed point Qm.n',
    takes: ['bits', 'fraction'],
    bits: Array.from({ length: 31 }, (_, i) => i + 2),
    defaults: { bits: 8, fraction: 'auto' },
  },
];

/** Every preset by its id, in the order in which menus show them; of `float:E,M` one stands for all. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map(ROWS.map((row) => [row.id, row]));

/** The ids, in the order in which menus show them. */
export const QUANTIZER_IDS: readonly QuantizerId[] = ROWS.map(({ id }) => id);

/** The ids as messages and `--help` list them. */
export const ID_FORMS: readonly string[] = QUANTIZER_IDS.map((id) => (id.startsWith('float:') ? 'float:E,M' : id));

/** The row of an id, null where there is none. `float:5,2` is any float of 2 to 8 exponent and 0 to 23 mantissa bits. */
export function findPreset(id: string): Preset | null {
  const float = /^float:(\d{1,2}),(\d{1,2})$/.exec(id);
  if (float === null) return PRESETS.get(id) ?? null;
  const [exponentBits, mantissaBits] = [Number(float[1]), Number(float[2])];
  return exponentBits >= 2 && exponentBits <= 8 && mantissaBits <= 23 ? floatPreset(exponentBits, mantissaBits) : null;
}

function floatPreset(exponentBits: number, mantissaBits: number): CastPreset {
  return {
    ...NONE,
    id: `float:${exponentBits},${mantissaBits}`,
    family: 'cast',
    summary: 'Any narrower float, by its exponent and mantissa bits (analysis)',
    takes: ['saturate'],
    dtype: null,
    format: { exponentBits, mantissaBits, kind: 'ieee' },
    saturates: false,
  };
}

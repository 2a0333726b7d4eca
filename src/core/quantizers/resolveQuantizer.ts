import { Failure } from '../failure.ts';
import {
  type AffineGrid,
  type AffinePreset,
  GROUP_SIZES,
  type ParameterName,
  PRESETS,
  type Preset,
} from './presets.ts';
import type { AffineQuantizer, Quantizer, QuantizerId, QuantizerSpec } from './quantizer.ts';

/**
 * The quantizer that a spec asks for: what it leaves open is filled by the packed format, then by the id's own defaults.
 * A group size without a unit means groups.
 * @param formatDefaults what the packed format stores for this id (`PackedFormat.defaults`), null for none.
 * @throws Failure `quantizer/unknown`, `quantizer/unused-parameter`, `quantizer/bad-parameter`
 */
export function resolveQuantizer(spec: QuantizerSpec, formatDefaults: QuantizerSpec | null = null): Quantizer {
  const preset = presetOf(spec.id);
  assertTaken(preset, spec);
  if (preset.family === 'cast') return { family: 'cast', id: preset.id, dtype: preset.dtype };
  return resolveAffine(preset, spec, formatDefaults?.id === spec.id ? formatDefaults : null);
}

/** The row of an id. @throws Failure `quantizer/unknown` */
export function presetOf(id: string): Preset {
  const preset = PRESETS.get(id);
  if (preset === undefined) throw new Failure('quantizer/unknown', { id, known: [...PRESETS.keys()].join(', ') });
  return preset;
}

/** Parameters in a spec, by the names of recipes. */
const PARAMETERS: readonly (readonly [keyof QuantizerSpec, ParameterName])[] = [
  ['bits', 'bits'],
  ['unit', 'unit'],
  ['groupSize', 'group_size'],
  ['scaleDtype', 'scale_dtype'],
  ['asymmetric', 'asymmetric'],
];

function assertTaken(preset: Preset, spec: QuantizerSpec): void {
  for (const [key, parameter] of PARAMETERS) {
    const value = spec[key];
    if (value === undefined || (value === false && parameter === 'asymmetric')) continue;
    if (preset.takes.includes(parameter)) continue;
    const takes = preset.takes.length === 0 ? 'no parameters' : preset.takes.join(', ');
    throw new Failure('quantizer/unused-parameter', { id: preset.id, parameter, takes });
  }
}

function resolveAffine(preset: AffinePreset, spec: QuantizerSpec, format: QuantizerSpec | null): AffineQuantizer {
  const { id, defaults } = preset;
  const bits = spec.bits ?? format?.bits ?? defaults.bits;
  const unit = spec.unit ?? (spec.groupSize === undefined ? (format?.unit ?? defaults.unit) : 'group');
  const groupSize = spec.groupSize ?? format?.groupSize ?? defaults.groupSize;
  const scaleDtype = spec.scaleDtype ?? format?.scaleDtype ?? defaults.scaleDtype;
  assertWhole(id, 'bits', bits, preset.bits);
  assertOneOf(id, 'unit', unit, preset.units);
  assertOneOf(id, 'scale_dtype', scaleDtype, preset.scaleDtypes);
  assertWhole(id, 'group_size', groupSize, GROUP_SIZES);
  if (spec.groupSize !== undefined && unit !== 'group') {
    throw new Failure('quantizer/bad-parameter', {
      id,
      parameter: 'group_size',
      value: `${spec.groupSize} with unit ${unit}`,
      allowed: 'only with unit group',
    });
  }
  const grid = (spec.asymmetric ?? format?.asymmetric) ? (preset.asymmetricGrid ?? preset.grid) : preset.grid;
  return {
    family: 'affine',
    id,
    bits,
    unit,
    groupSize: unit === 'group' ? groupSize : null,
    scaleDtype,
    ...gridOf(grid, bits),
  };
}

function gridOf(
  { range, rule, divisor, codes }: AffineGrid,
  bits: number,
): Pick<AffineQuantizer, 'range' | 'rule' | 'divisor' | 'lo' | 'hi'> {
  const hi = 2 ** (bits - 1) - 1;
  return { range, rule, divisor: divisor(bits), lo: codes === 'full' ? -hi - 1 : -hi, hi };
}

function assertWhole(
  id: QuantizerId,
  parameter: ParameterName,
  value: number,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw new Failure('quantizer/bad-parameter', {
    id,
    parameter,
    value: String(value),
    allowed: `whole numbers ${from} to ${to}`,
  });
}

function assertOneOf(id: QuantizerId, parameter: ParameterName, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new Failure('quantizer/bad-parameter', { id, parameter, value, allowed: allowed.join(', ') });
}

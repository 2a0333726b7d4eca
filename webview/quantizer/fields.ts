import { findPreset, type Preset, QUANTIZER_IDS } from '../../src/core/quantizers/presets.ts';
import type { QuantizerId, QuantizerSpec, ScaleDtype, Unit } from '../../src/core/quantizers/quantizer.ts';

/** What the bar offers for a quantizer; an empty list is a field without meaning (disabled, not hidden). */
export interface QuantizerFields {
  readonly id: QuantizerId;
  readonly summary: string;
  readonly bits: readonly number[];
  readonly units: readonly Unit[];
  readonly scaleDtypes: readonly ScaleDtype[];
  readonly canBeAsymmetric: boolean;
}

/** A spec with every field that the bar shows. */
export type CompleteSpec = QuantizerSpec &
  Required<Pick<QuantizerSpec, 'bits' | 'unit' | 'groupSize' | 'scaleDtype' | 'asymmetric'>>;

/** Shown in disabled fields of quantizers that have none of them (casts). */
const NO_FIELDS = { bits: 16, unit: 'tensor', groupSize: 128, scaleDtype: 'F16' } as const;

/** Every quantizer of core's preset table, in menu order. */
export function allQuantizerFields(): readonly QuantizerFields[] {
  return QUANTIZER_IDS.map(fieldsOf);
}

export function fieldsOf(id: QuantizerId): QuantizerFields {
  const preset = presetOf(id);
  const { summary } = preset;
  const { units, scaleDtypes } = preset;
  return {
    id,
    summary,
    bits: preset.bits,
    units,
    scaleDtypes,
    canBeAsymmetric: preset.takes.includes('asymmetric'),
  };
}

/** The spec with what it leaves open filled by the preset's defaults. */
export function completeSpec(spec: QuantizerSpec): CompleteSpec {
  const preset = presetOf(spec.id);
  return { asymmetric: false, ...NO_FIELDS, ...preset.defaults, ...spec };
}

/** Choosing a quantizer keeps what has meaning for it and fills the rest with its defaults. */
export function switchQuantizer(spec: QuantizerSpec, id: QuantizerId): QuantizerSpec {
  const fields = fieldsOf(id);
  if (fields.bits.length === 0) return { id };
  const defaults = completeSpec({ id });
  const before = fieldsOf(spec.id).bits.length === 0 ? defaults : completeSpec({ ...spec, id });
  const next = withoutMeaningless({
    ...before,
    id,
    bits: fields.bits.includes(before.bits) ? before.bits : defaults.bits,
    unit: fields.units.includes(before.unit) ? before.unit : defaults.unit,
  });
  const { scaleDtype } = spec;
  return withScaleDtype(next, scaleDtype && fields.scaleDtypes.includes(scaleDtype) ? scaleDtype : null);
}

/**
 * Applies a change of the bar. The scale dtype stays open unless the person chose one: it is then what the packed format
 * stores, so that a choice of bits does not shut a format out.
 */
export function changeSpec(spec: QuantizerSpec, change: Partial<QuantizerSpec>): QuantizerSpec {
  const next = withoutMeaningless({ ...completeSpec(spec), ...change });
  return withScaleDtype(next, 'scaleDtype' in change ? (change.scaleDtype ?? null) : (spec.scaleDtype ?? null));
}

function withScaleDtype(spec: QuantizerSpec, scaleDtype: ScaleDtype | null): QuantizerSpec {
  const { scaleDtype: _filled, ...rest } = spec;
  return scaleDtype === null ? rest : { ...rest, scaleDtype };
}

/** Leaves out what the quantizer would refuse as unused (`quantizer/unused-parameter`). */
export function withoutMeaningless(spec: QuantizerSpec): QuantizerSpec {
  const { groupSize, asymmetric, ...rest } = spec;
  return {
    ...rest,
    ...(rest.unit === 'group' && groupSize !== undefined ? { groupSize } : {}),
    ...(fieldsOf(spec.id).canBeAsymmetric && asymmetric ? { asymmetric } : {}),
  };
}

/** Bits per weight that the scales of a unit add, for a weight of `channels` × `inputs`. */
export function scaleBits(
  unit: Unit,
  groupSize: number,
  scaleDtype: ScaleDtype,
  { channels, inputs }: { readonly channels: number; readonly inputs: number },
): number {
  if (channels * inputs === 0) return 0;
  const slices = unit === 'tensor' ? 1 : unit === 'channel' ? channels : channels * Math.ceil(inputs / groupSize);
  return (slices * (scaleDtype === 'F32' ? 32 : 16)) / (channels * inputs);
}

function presetOf(id: QuantizerId): Preset {
  const preset = findPreset(id);
  if (preset === null) throw new Error(`no preset for quantizer ${id}`);
  return preset;
}

import type { QuantizerId, QuantizerSpec, ScaleDtype, Unit } from '../../src/core/quantizers/quantizer.ts';

/** What the bar offers for a quantizer; an empty list is a field without meaning (disabled, not hidden). */
export interface QuantizerFields {
  readonly id: QuantizerId;
  readonly bits: readonly number[];
  readonly units: readonly Unit[];
  readonly scaleDtypes: readonly ScaleDtype[];
  readonly canBeAsymmetric: boolean;
  readonly defaults: QuantizerSpec;
}

const BITS = [2, 3, 4, 5, 6, 7, 8] as const;
const UNITS = ['tensor', 'channel', 'group'] as const;
const SCALES = ['F32', 'F16', 'BF16'] as const;

const FIELDS: readonly QuantizerFields[] = [
  affine('absmax', UNITS, false),
  affine('absmax-full', UNITS, false),
  affine('rtn', UNITS, true),
  affine('zero-point', UNITS, false),
  cast('f16'),
  cast('bf16'),
];

function affine(id: QuantizerId, units: readonly Unit[], canBeAsymmetric: boolean): QuantizerFields {
  const defaults = { id, bits: 4, unit: 'group', groupSize: 128, scaleDtype: 'F16' } as const;
  return { id, bits: BITS, units, scaleDtypes: SCALES, canBeAsymmetric, defaults };
}

function cast(id: QuantizerId): QuantizerFields {
  return { id, bits: [], units: [], scaleDtypes: [], canBeAsymmetric: false, defaults: { id } };
}

export function allQuantizerFields(): readonly QuantizerFields[] {
  return FIELDS;
}

export function fieldsOf(id: QuantizerId): QuantizerFields {
  const fields = FIELDS.find((entry) => entry.id === id);
  if (!fields) throw new Error(`no fields for quantizer ${id}`);
  return fields;
}

/** Group sizes offered by name; any other is typed. */
export const GROUP_SIZES = [32, 64, 128] as const;

/** The spec with every field filled that the quantizer has, and none that it has not. */
export function completeSpec(spec: QuantizerSpec): Required<Omit<QuantizerSpec, 'groupSize'>> & { groupSize: number } {
  const { defaults } = fieldsOf(spec.id);
  return {
    id: spec.id,
    bits: spec.bits ?? defaults.bits ?? 16,
    unit: spec.unit ?? defaults.unit ?? 'tensor',
    groupSize: spec.groupSize ?? defaults.groupSize ?? 128,
    scaleDtype: spec.scaleDtype ?? defaults.scaleDtype ?? 'F16',
    asymmetric: spec.asymmetric ?? false,
  };
}

/** Choosing a quantizer keeps what has meaning for it and fills the rest with its defaults. */
export function switchQuantizer(spec: QuantizerSpec, id: QuantizerId): QuantizerSpec {
  const fields = fieldsOf(id);
  if (fields.bits.length === 0) return { id };
  const kept = completeSpec({ ...spec, id });
  const unit = fields.units.includes(kept.unit) ? kept.unit : (fields.units[0] ?? 'tensor');
  const bits = fields.bits.includes(kept.bits) ? kept.bits : (fields.defaults.bits ?? 4);
  return withoutMeaningless({ ...kept, unit, bits });
}

/** Leaves out what the quantizer would refuse as unused (`quantizer/unused-parameter`). */
export function withoutMeaningless(spec: QuantizerSpec): QuantizerSpec {
  const fields = fieldsOf(spec.id);
  const { groupSize, asymmetric, ...rest } = spec;
  return {
    ...rest,
    ...(rest.unit === 'group' && groupSize !== undefined ? { groupSize } : {}),
    ...(fields.canBeAsymmetric && asymmetric ? { asymmetric } : {}),
  };
}

/** Bits per weight that the scale (and zero-point) of a unit adds, for inputs of `inputs` weights a channel. */
export function scaleBits(
  unit: Unit,
  groupSize: number,
  spec: QuantizerSpec,
  shape: { channels: number; inputs: number },
): number {
  const weights = shape.channels * shape.inputs;
  if (weights === 0) return 0;
  const slices =
    unit === 'tensor' ? 1 : unit === 'channel' ? shape.channels : shape.channels * Math.ceil(shape.inputs / groupSize);
  return (slices * (spec.scaleDtype === 'F32' ? 32 : 16)) / weights;
}

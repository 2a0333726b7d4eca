import { isFailure } from '../../src/core/failure.ts';
import type { QuantizerId, QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { PARAMETER_NAMES, QUANTIZER_KEYS } from '../../src/core/quantizers/quantizerKeys.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { castBits, fieldsOf, knownPreset } from './fields.ts';

/** A spec with every field that the bar always shows. */
export type CompleteSpec = QuantizerSpec &
  Required<Pick<QuantizerSpec, 'bits' | 'unit' | 'groupSize' | 'scaleDtype' | 'asymmetric'>>;

/** Shown in disabled fields of quantizers that have none of them. */
const NO_FIELDS = { bits: 16, unit: 'tensor', groupSize: 128, scaleDtype: 'F16' } as const;
/** Levels to begin with: a person's own can only be guessed. */
const FIRST_LEVELS: readonly number[] = [-0.1, -0.05, 0, 0.05, 0.1];

/** The spec with what it leaves open filled by the preset's defaults; bits as they result. */
export function completeSpec(spec: QuantizerSpec): CompleteSpec {
  const taken = changeSpec(spec, {});
  const filled = { asymmetric: false, ...NO_FIELDS, ...knownPreset(spec.id).defaults, ...taken };
  return taken.bits === undefined ? { ...filled, bits: bitsOf(spec) ?? filled.bits } : filled;
}

/** Choosing a quantizer keeps what has meaning for it and fills the rest with its defaults. */
export function switchQuantizer(spec: QuantizerSpec, id: QuantizerId): QuantizerSpec {
  const { takes } = fieldsOf(id);
  let next: QuantizerSpec = takes('levels') ? { id, levels: FIRST_LEVELS } : { id };
  for (const parameter of PARAMETER_NAMES) {
    const { key } = QUANTIZER_KEYS[parameter];
    if (spec[key] === undefined || !takes(parameter)) continue;
    const tried = { ...next, [key]: spec[key] };
    if (problemOf(tried) === null) next = tried;
  }
  return changeSpec(next, {});
}

/**
 * Applies a change of the bar. Dtypes of scales and levels stay open unless the person chose them: they are then what
 * the packed format stores, so that a choice of bits does not shut a format out.
 */
export function changeSpec(spec: QuantizerSpec, change: Partial<QuantizerSpec>): QuantizerSpec {
  const { scaleDtype: _scale, levelDtype: _level, ...defaults } = knownPreset(spec.id).defaults;
  return withoutMeaningless({ ...defaults, ...spec, ...change });
}

/** A spec with the fields that the bar fills in and without those that have no meaning. */
export function fullSpec(spec: QuantizerSpec): QuantizerSpec {
  const full = changeSpec(spec, {});
  return problemOf(full) === null ? full : switchQuantizer(full, full.id);
}

/** Why a spec is none: what it is refused with; null where it resolves. */
export function problemOf(spec: QuantizerSpec): string | null {
  try {
    resolveQuantizer(spec);
    return null;
  } catch (error) {
    if (!isFailure(error)) throw error;
    return error.message;
  }
}

/** Leaves out what the quantizer would refuse as unused, and what says the same as nothing. */
export function withoutMeaningless(spec: QuantizerSpec): QuantizerSpec {
  const { takes, canBeUnscaled } = fieldsOf(spec.id);
  const taken = PARAMETER_NAMES.flatMap((parameter) => {
    const { key } = QUANTIZER_KEYS[parameter];
    const value = spec[key];
    const isNothing = value === undefined || value === false || (key === 'clip' && value === 'none');
    return isNothing || !takes(parameter) ? [] : [[key, value] as const];
  });
  const { groupSize, clip, scaleDtype, ...rest }: QuantizerSpec = { id: spec.id, ...Object.fromEntries(taken) };
  const hasSize = groupSize !== undefined && (rest.unit === 'group' || !takes('unit'));
  return {
    ...rest,
    ...(hasSize ? { groupSize } : {}),
    ...(clip === undefined || (clip === 'kl' && rest.unit !== 'tensor') ? {} : { clip }),
    ...(scaleDtype === undefined || (canBeUnscaled && rest.unit === undefined) ? {} : { scaleDtype }),
  };
}

function bitsOf(spec: QuantizerSpec): number | null {
  const full = changeSpec(spec, {});
  if (problemOf(full) !== null) return null;
  const quantizer = resolveQuantizer(full);
  if (quantizer.family !== 'cast') return quantizer.bits;
  return castBits(quantizer.format);
}

import type { FloatFormat } from '../../src/core/numbers/floatFormat.ts';
import { MOST_PLANES } from '../../src/core/quantizers/planeSequence.ts';
import {
  findPreset,
  LEVEL_COUNTS,
  type ParameterName,
  type Preset,
  QUANTIZER_IDS,
} from '../../src/core/quantizers/presets.ts';
import type { LevelDtype, QuantizerId, ScaleDtype, Unit } from '../../src/core/quantizers/quantizer.ts';

/** The families as the menu groups them; fixed point stands with the casts. */
export type MenuFamily = 'affine' | 'codebook' | 'binary' | 'cast';

/** What the bar offers for a quantizer; an empty list is a field without meaning (disabled, not hidden). */
export interface QuantizerFields {
  readonly id: QuantizerId;
  readonly family: MenuFamily;
  readonly summary: string;
  readonly bits: readonly number[];
  readonly units: readonly Unit[];
  /** Units are a choice beside none at all: a cast needs no scale. */
  readonly canBeUnscaled: boolean;
  readonly scaleDtypes: readonly ScaleDtype[];
  readonly levelDtypes: readonly LevelDtype[];
  /** Whether the quantizer has a use for a parameter. */
  takes(parameter: ParameterName): boolean;
}

/** `float:E,M` at its ends, as `findPreset` takes them. */
export const NARROWEST = { exponentBits: 2, mantissaBits: 0 } as const;
export const WIDEST = { exponentBits: 8, mantissaBits: 23 } as const;

/** Every quantizer of core's preset table, in menu order. */
export function allQuantizerFields(): readonly QuantizerFields[] {
  return QUANTIZER_IDS.map(fieldsOf);
}

export function fieldsOf(id: QuantizerId): QuantizerFields {
  const preset = knownPreset(id);
  const { summary, takes, family } = preset;
  const has = (parameter: ParameterName): boolean => takes.includes(parameter);
  return {
    id,
    family: family === 'fixed-point' ? 'cast' : family,
    summary,
    bits: has('bits') ? preset.bits : [],
    units: has('unit') ? preset.units : [],
    canBeUnscaled: family === 'cast' && has('unit'),
    scaleDtypes: has('scale_dtype') ? preset.scaleDtypes : [],
    levelDtypes: has('level_dtype') ? preset.levelDtypes : [],
    takes: has,
  };
}

/** The row of an id that the page chose itself. @throws Error for an unknown one */
export function knownPreset(id: QuantizerId): Preset {
  const preset = findPreset(id);
  if (preset === null) throw new Error(`no preset for quantizer ${id}`);
  return preset;
}

/** The bits that a quantizer can have, in words: `2–8`, `1–4, 8`, `4`. */
export function bitsWords(id: QuantizerId): string {
  const preset = knownPreset(id);
  if (id.startsWith('float:')) return `${castBits(NARROWEST)}–${castBits(WIDEST)}`;
  if (preset.family === 'cast') return String(castBits(preset.format));
  if (preset.bits.length > 0) return runsOf(preset.bits);
  if (preset.takes.includes('sequence')) return `1–${MOST_PLANES}`;
  return preset.family === 'binary' ? '1' : `1–${Math.log2(LEVEL_COUNTS.to)}`;
}

/** Sign, exponent and mantissa. */
export function castBits({ exponentBits, mantissaBits }: Omit<FloatFormat, 'kind'>): number {
  return 1 + exponentBits + mantissaBits;
}

/** Ascending whole numbers, runs of them as `from–to`. */
function runsOf(numbers: readonly number[]): string {
  const runs: [from: number, to: number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
}

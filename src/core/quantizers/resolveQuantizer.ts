import { Failure } from '../failure.ts';
import { roundToF16 } from '../numbers/float16.ts';
import { CLIP_FORMS, type ClipRule, parseClip } from './clipRule.ts';
import { parseOutliers } from './outlierRule.ts';
import { MOST_PLANES, parseSequence } from './planeSequence.ts';
import {
  type AffineGrid,
  type AffinePreset,
  type BinaryPreset,
  BLOCK_SIZES,
  type CastPreset,
  type CodebookPreset,
  FRACTION_BITS,
  findPreset,
  GROUP_SIZES,
  ID_FORMS,
  LEVEL_COUNTS,
  type ParameterName,
  type Preset,
  type WholeNumbers,
} from './presets.ts';
import type {
  AffineQuantizer,
  BinaryQuantizer,
  CastQuantizer,
  CodebookQuantizer,
  FixedPointQuantizer,
  LevelDtype,
  Quantizer,
  QuantizerSpec,
} from './quantizer.ts';
import { PARAMETER_NAMES, QUANTIZER_KEYS } from './quantizerKeys.ts';

/**
 * The quantizer that a spec asks for: what it leaves open is filled by the packed format, then by the id's own defaults.
 * A group size without a unit means groups.
 * @param formatDefaults what the packed format stores for this id (`PackedFormat.defaults`), null for none.
 * @throws Failure `quantizer/unknown`, `quantizer/unused-parameter`, `quantizer/bad-parameter`
 */
export function resolveQuantizer(spec: QuantizerSpec, formatDefaults: QuantizerSpec | null = null): Quantizer {
  const preset = presetOf(spec.id);
  assertTaken(preset, spec);
  const asked = new Asked(preset, spec, formatDefaults?.id === spec.id ? formatDefaults : null);
  switch (preset.family) {
    case 'affine':
      return resolveAffine(preset, asked);
    case 'codebook':
      return resolveCodebook(preset, asked);
    case 'binary':
      return resolveBinary(preset, asked);
    case 'cast':
      return resolveCast(preset, asked);
    case 'fixed-point':
      return resolveFixedPoint(asked);
  }
}

/** The row of an id. @throws Failure `quantizer/unknown` */
export function presetOf(id: string): Preset {
  const preset = findPreset(id);
  if (preset === null) throw new Failure('quantizer/unknown', { id, known: ID_FORMS.join(', ') });
  return preset;
}

function assertTaken(preset: Preset, spec: QuantizerSpec): void {
  for (const parameter of PARAMETER_NAMES) {
    const { key } = QUANTIZER_KEYS[parameter];
    const value = spec[key];
    // Said to be off is not asked for.
    if (value === undefined || value === false || (key === 'clip' && value === 'none')) continue;
    if (preset.takes.includes(parameter)) continue;
    const takes = preset.takes.length === 0 ? 'no parameters' : preset.takes.join(', ');
    throw new Failure('quantizer/unused-parameter', { id: preset.id, parameter, takes });
  }
}

/** A spec over the defaults of the format and of the preset, with the checks that its values need. */
class Asked {
  readonly id: Preset['id'];
  /** What the person gave, without defaults. */
  readonly spec: QuantizerSpec;
  readonly all: QuantizerSpec;
  readonly #preset: Preset;

  constructor(preset: Preset, spec: QuantizerSpec, format: QuantizerSpec | null) {
    this.id = spec.id;
    this.spec = spec;
    this.#preset = preset;
    const given = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
    this.all = { ...preset.defaults, ...format, ...given, id: spec.id };
  }

  bits(): number {
    const { bits = 0 } = this.all;
    const allowed = this.#preset.bits;
    if (!allowed.includes(bits)) this.refuse('bits', bits, wordsOf(allowed));
    return bits;
  }

  unit<U extends string>(): U {
    const isGroupMeant = this.spec.unit === undefined && this.spec.groupSize !== undefined;
    const unit = isGroupMeant ? 'group' : (this.all.unit ?? '');
    this.assertOneOf('unit', unit, this.#preset.units);
    return unit as U;
  }

  /** Null unless the unit is `group`. */
  groupSize(unit: string): number | null {
    const { groupSize } = this.spec;
    if (groupSize !== undefined && unit !== 'group') {
      this.refuse('group_size', `${groupSize} with unit ${unit}`, 'only with unit group');
    }
    const size = this.all.groupSize ?? 0;
    if (unit !== 'group' && size === 0) return null;
    this.assertWhole('group_size', size, GROUP_SIZES);
    return unit === 'group' ? size : null;
  }

  assertWhole(parameter: ParameterName, value: number, { from, to }: WholeNumbers): void {
    if (Number.isInteger(value) && value >= from && value <= to) return;
    this.refuse(parameter, value, `whole numbers ${from} to ${to}`);
  }

  assertOneOf(parameter: ParameterName, value: string, allowed: readonly string[]): void {
    if (!allowed.includes(value)) this.refuse(parameter, value, allowed.join(', '));
  }

  /** @throws Failure `quantizer/bad-parameter` */
  refuse(parameter: ParameterName, value: string | number, allowed: string): never {
    throw new Failure('quantizer/bad-parameter', { id: this.id, parameter, value: String(value), allowed });
  }
}

function resolveAffine(preset: AffinePreset, asked: Asked): AffineQuantizer {
  const bits = asked.bits();
  const unit = asked.unit<AffineQuantizer['unit']>();
  const { scaleDtype = 'F32' } = asked.all;
  asked.assertOneOf('scale_dtype', scaleDtype, preset.scaleDtypes);
  const groupSize = asked.groupSize(unit);
  const clip = clipOf(asked, unit);
  const { outliers } = asked.all;
  const outlierRule = outliers === undefined ? undefined : parseOutliers(outliers);
  if (outlierRule === null)
    asked.refuse('outliers', outliers ?? '', 'a number of sigmas such as 6sigma, or a magnitude');
  const grid = asked.all.asymmetric ? (preset.asymmetricGrid ?? preset.grid) : preset.grid;
  return {
    family: 'affine',
    id: asked.id,
    bits,
    unit,
    groupSize,
    scaleDtype,
    ...gridOf(grid, bits),
    ...(clip === null ? {} : { clip }),
    ...(preset.solver === undefined ? {} : { solver: preset.solver }),
    ...(outlierRule === undefined ? {} : { outliers: outlierRule }),
  };
}

function clipOf(asked: Asked, unit: string): ClipRule | null {
  const text = asked.all.clip ?? 'none';
  const clip = parseClip(text);
  if (clip === undefined) asked.refuse('clip', text, CLIP_FORMS);
  if (clip?.kind === 'kl' && unit !== 'tensor') {
    asked.refuse('clip', `${text} with unit ${unit}`, 'kl only with unit tensor');
  }
  return clip;
}

function gridOf(
  { range, rule, divisor, codes }: AffineGrid,
  bits: number,
): Pick<AffineQuantizer, 'range' | 'rule' | 'divisor' | 'lo' | 'hi'> {
  const [lo, hi] = codes(bits);
  return { range, rule, divisor: divisor(bits), lo, hi };
}

function resolveCodebook(preset: CodebookPreset, asked: Asked): CodebookQuantizer {
  const base = { family: 'codebook', id: asked.id, blockSize: null, doubleQuant: false } as const;
  const { codebook } = preset;
  if (codebook.kind === 'fixed') {
    const { groupSize = 0, doubleQuant = false } = asked.all;
    if (!BLOCK_SIZES.includes(groupSize)) asked.refuse('group_size', groupSize, BLOCK_SIZES.join(', '));
    return {
      ...base,
      bits: asked.bits(),
      unit: 'block',
      blockSize: groupSize,
      codebook,
      levelDtype: null,
      doubleQuant,
    };
  }
  const levelDtype = asked.all.levelDtype ?? 'F16';
  asked.assertOneOf('level_dtype', levelDtype, preset.levelDtypes);
  if (codebook.kind === 'searched') {
    const unit = asked.unit<'tensor' | 'channel'>();
    return { ...base, bits: asked.bits(), unit, codebook, levelDtype };
  }
  const levels = ownLevels(asked, levelDtype);
  const bits = Math.max(1, Math.ceil(Math.log2(levels.length)));
  return { ...base, bits, unit: 'tensor', codebook: { kind: 'given', levels }, levelDtype };
}

/** Ascending, as stored, each once. */
function ownLevels(asked: Asked, levelDtype: LevelDtype): readonly number[] {
  const { levels = [] } = asked.all;
  const stored = levels.map(levelDtype === 'F16' ? roundToF16 : Math.fround);
  const { from, to } = LEVEL_COUNTS;
  const ascending = [...new Set(stored)].sort((a, b) => a - b);
  if (ascending.length < from || ascending.length > to) {
    asked.refuse('levels', `${ascending.length} different values`, `${from} to ${to} of them`);
  }
  const odd = levels.find((_, i) => !Number.isFinite(stored[i]));
  if (odd !== undefined) asked.refuse('levels', odd, `finite values of ${levelDtype}`);
  return ascending;
}

function resolveBinary(preset: BinaryPreset, asked: Asked): BinaryQuantizer {
  const unit = asked.unit<BinaryQuantizer['unit']>();
  const groupSize = asked.groupSize(unit);
  const planes = preset.method === 'alternating' ? Array<'l2'>(asked.bits()).fill('l2') : sequenceOf(asked);
  return {
    family: 'binary',
    id: asked.id,
    bits: planes.length,
    planes,
    method: preset.method,
    unit,
    groupSize,
    scaleDtype: 'F16',
  };
}

function sequenceOf(asked: Asked): BinaryQuantizer['planes'] {
  const text = asked.all.sequence ?? '';
  const planes = parseSequence(text);
  return (
    planes ??
    asked.refuse(
      'sequence',
      text,
      `sup and l2 with their number of planes, up to ${MOST_PLANES} in all, such as supx4,l2x2`,
    )
  );
}

function resolveCast(preset: CastPreset, asked: Asked): CastQuantizer {
  const { unit, scaleDtype = 'F32', saturate } = asked.all;
  const scaleUnit = unit === undefined ? null : asked.unit<'tensor' | 'channel'>();
  if (scaleUnit === null && asked.spec.scaleDtype !== undefined) {
    asked.refuse('scale_dtype', scaleDtype, 'only with a unit that has a scale (tensor, channel)');
  }
  if (scaleUnit !== null) asked.assertOneOf('scale_dtype', scaleDtype, preset.scaleDtypes);
  return {
    family: 'cast',
    id: asked.id,
    format: preset.format,
    dtype: preset.dtype,
    scaleUnit,
    scaleDtype: scaleUnit === null ? null : scaleDtype,
    saturates: saturate ?? preset.saturates,
  };
}

function resolveFixedPoint(asked: Asked): FixedPointQuantizer {
  const { fraction = 'auto' } = asked.all;
  if (typeof fraction === 'number') asked.assertWhole('fraction', fraction, FRACTION_BITS);
  else asked.assertOneOf('fraction', fraction, ['auto', 'mse']);
  return { family: 'fixed-point', id: 'fixed-point', bits: asked.bits(), fraction };
}

/** `2, 3, 4, 8`, or `whole numbers 2 to 8` for a run of them. */
function wordsOf(numbers: readonly number[]): string {
  const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
  return numbers.length > 2 && last - first === numbers.length - 1
    ? `whole numbers ${first} to ${last}`
    : numbers.join(', ');
}

import { clipText } from '../../src/core/quantizers/clipRule.ts';
import { outliersText } from '../../src/core/quantizers/outlierRule.ts';
import { sequenceText } from '../../src/core/quantizers/planeSequence.ts';
import type { Quantizer, QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { fullSpec } from '../quantizer/specs.ts';
import { t } from '../strings.ts';

/** A quantizer in two parts: what it is, and what shares its scales (their dtype where it was chosen). */
export interface QuantizerName {
  readonly name: string;
  readonly detail: string;
}

/** Names of specs that are listed, which are asked for at every change. */
const names = new WeakMap<QuantizerSpec, QuantizerName>();

export function quantizerName(spec: QuantizerSpec): QuantizerName {
  const name = names.get(spec) ?? makeName(spec);
  names.set(spec, name);
  return name;
}

function makeName(spec: QuantizerSpec): QuantizerName {
  const quantizer = resolveQuantizer(fullSpec(spec));
  const { scaleDtype, levelDtype } = spec;
  const dtypes = [scaleDtype, levelDtype].filter((dtype) => dtype !== undefined);
  return { name: nameOf(quantizer), detail: [...detailOf(quantizer), ...dtypes].join(', ') };
}

/** For labels in a chart: `absmax 4 g32`. */
export function shortQuantizerName(spec: QuantizerSpec): string {
  const name = shortNames.get(spec) ?? makeShortName(spec);
  shortNames.set(spec, name);
  return name;
}

const shortNames = new WeakMap<QuantizerSpec, string>();

function makeShortName(spec: QuantizerSpec): string {
  const quantizer = resolveQuantizer(fullSpec(spec));
  return [nameOf(quantizer), ...shortDetailOf(quantizer)].join(' ');
}

function nameOf(quantizer: Quantizer): string {
  const { id } = quantizer;
  switch (quantizer.family) {
    case 'affine':
      return quantizer.rule === 'row-absmax' ? id : `${id} ${quantizer.bits}`;
    case 'codebook':
      if (quantizer.codebook.kind === 'fixed') return id;
      return `${id} ${quantizer.codebook.kind === 'given' ? quantizer.codebook.levels.length : quantizer.bits}`;
    case 'binary':
      if (id === 'xnor') return id;
      return `${id} ${quantizer.method === 'alternating' ? quantizer.bits : sequenceText(quantizer.planes)}`;
    case 'cast':
      return id;
    case 'fixed-point':
      return `${id} ${quantizer.bits}`;
  }
}

function detailOf(quantizer: Quantizer): string[] {
  switch (quantizer.family) {
    case 'affine': {
      const { unit, groupSize, rule, clip, outliers } = quantizer;
      return [
        unitWords(unit, groupSize),
        ...(rule === 'integer-zero' ? [t('compare.asymmetric')] : []),
        ...(clip === undefined ? [] : [t('compare.clip', { clip: clipText(clip) })]),
        ...(outliers === undefined ? [] : [t('compare.outliers', { outliers: outliersText(outliers) })]),
      ];
    }
    case 'codebook': {
      const { unit, blockSize, doubleQuant } = quantizer;
      const where = unit === 'block' ? t('bar.unitBlock', { size: blockSize ?? 0 }) : unitWords(unit, null);
      return [where, ...(doubleQuant ? [t('compare.double')] : [])];
    }
    case 'binary':
      return [unitWords(quantizer.unit, quantizer.groupSize)];
    case 'cast':
      return [t('compare.cast'), ...(quantizer.scaleUnit === null ? [] : [unitWords(quantizer.scaleUnit, null)])];
    case 'fixed-point':
      return [fractionWords(quantizer.fraction)];
  }
}

function shortDetailOf(quantizer: Quantizer): string[] {
  switch (quantizer.family) {
    case 'affine': {
      const { unit, groupSize, rule, clip, outliers } = quantizer;
      return [
        ...shortUnit(rule === 'row-absmax' ? 'tensor' : unit, groupSize),
        ...(rule === 'integer-zero' ? [t('compare.asymmetricShort')] : []),
        ...(clip === undefined ? [] : [clipText(clip)]),
        ...(outliers === undefined ? [] : [outliersText(outliers)]),
      ];
    }
    case 'codebook':
      if (quantizer.unit === 'block') return quantizer.doubleQuant ? [t('compare.double')] : [];
      return shortUnit(quantizer.unit, null);
    case 'binary':
      return quantizer.unit === 'group' ? shortUnit('group', quantizer.groupSize) : [];
    case 'cast':
      return quantizer.scaleUnit === null ? [] : shortUnit(quantizer.scaleUnit, null);
    case 'fixed-point':
      return [String(quantizer.fraction)];
  }
}

function unitWords(unit: 'tensor' | 'channel' | 'group', groupSize: number | null): string {
  if (groupSize !== null) return t('bar.unitGroup', { size: groupSize });
  return t(unit === 'channel' ? 'bar.unitChannel' : 'bar.unitTensor');
}

function shortUnit(unit: 'tensor' | 'channel' | 'group', groupSize: number | null): string[] {
  if (groupSize !== null) return [`g${groupSize}`];
  return unit === 'channel' ? [t('bar.unitChannel')] : [];
}

function fractionWords(fraction: number | 'auto' | 'mse'): string {
  return typeof fraction === 'number' ? t('compare.fraction', { bits: fraction }) : fraction;
}

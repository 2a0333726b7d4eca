import type { JsonObject } from '../model/model.ts';
import { clipText } from './clipRule.ts';
import { outliersText } from './outlierRule.ts';
import { sequenceText } from './planeSequence.ts';
import type { AffineQuantizer, CodebookQuantizer, Quantizer, QuantizerSpec } from './quantizer.ts';
import { PARAMETER_NAMES, QUANTIZER_KEYS } from './quantizerKeys.ts';

/** A spec in the JSON of recipes and file metadata; absent fields stay absent. */
export function specToJson(spec: QuantizerSpec): JsonObject {
  const given = PARAMETER_NAMES.flatMap((name) => {
    const value = spec[QUANTIZER_KEYS[name].key];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { id: spec.id, ...Object.fromEntries(given) };
}

/** The spec with every field filled that gives this quantizer again. */
export function specOf(quantizer: Quantizer): QuantizerSpec {
  const { id } = quantizer;
  switch (quantizer.family) {
    case 'affine':
      return affineSpec(quantizer);
    case 'codebook':
      return codebookSpec(quantizer);
    case 'binary': {
      const { unit, groupSize, planes, bits } = quantizer;
      const form = id === 'alternating' ? { bits } : id === 'binary' ? { sequence: sequenceText(planes) } : {};
      return { id, ...form, unit, ...(groupSize === null ? {} : { groupSize }) };
    }
    case 'cast': {
      const { scaleUnit, scaleDtype, saturates, dtype } = quantizer;
      const mayOverflow = dtype === 'F16' || (dtype === null && id !== 'tf32');
      return {
        id,
        ...(scaleUnit === null || scaleDtype === null ? {} : { unit: scaleUnit, scaleDtype }),
        ...(mayOverflow && saturates ? { saturate: true } : {}),
      };
    }
    case 'fixed-point':
      return { id, bits: quantizer.bits, fraction: quantizer.fraction };
  }
}

function affineSpec({ id, bits, unit, groupSize, scaleDtype, rule, clip, outliers }: AffineQuantizer): QuantizerSpec {
  if (rule === 'row-absmax') return { id, ...(outliers === undefined ? {} : { outliers: outliersText(outliers) }) };
  return {
    id,
    bits,
    unit,
    ...(groupSize === null ? {} : { groupSize }),
    ...(rule === 'cells' ? {} : { scaleDtype }),
    ...(rule === 'integer-zero' ? { asymmetric: true } : {}),
    ...(clip === undefined ? {} : { clip: clipText(clip) }),
  };
}

function codebookSpec({
  id,
  bits,
  unit,
  blockSize,
  codebook,
  levelDtype,
  doubleQuant,
}: CodebookQuantizer): QuantizerSpec {
  const stored = levelDtype === null ? {} : { levelDtype };
  if (codebook.kind === 'given') return { id, levels: codebook.levels, ...stored };
  if (codebook.kind === 'fixed' || unit === 'block') {
    return { id, ...(blockSize === null ? {} : { groupSize: blockSize }), ...(doubleQuant ? { doubleQuant } : {}) };
  }
  return { id, bits, ...(codebook.method === 'optimal' ? {} : { unit }), ...stored };
}

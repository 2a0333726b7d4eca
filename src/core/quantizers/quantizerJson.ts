import type { JsonObject } from '../model/model.ts';
import type { Quantizer, QuantizerSpec } from './quantizer.ts';

/** A spec in the JSON of recipes and file metadata; absent fields stay absent. */
export function specToJson({ id, bits, unit, groupSize, scaleDtype, asymmetric }: QuantizerSpec): JsonObject {
  return {
    id,
    ...(bits === undefined ? {} : { bits }),
    ...(unit === undefined ? {} : { unit }),
    ...(groupSize === undefined ? {} : { group_size: groupSize }),
    ...(scaleDtype === undefined ? {} : { scale_dtype: scaleDtype }),
    ...(asymmetric === undefined ? {} : { asymmetric }),
  };
}

/** The spec with every field filled that gives this quantizer again. */
export function specOf(quantizer: Quantizer): QuantizerSpec {
  if (quantizer.family === 'cast') return { id: quantizer.id };
  const { id, bits, unit, groupSize, scaleDtype, rule } = quantizer;
  return {
    id,
    bits,
    unit,
    ...(groupSize === null ? {} : { groupSize }),
    scaleDtype,
    ...(rule === 'integer-zero' ? { asymmetric: true } : {}),
  };
}

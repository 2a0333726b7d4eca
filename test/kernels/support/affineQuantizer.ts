import type { AffineQuantizer, ScaleDtype, Unit } from '../../../src/core/quantizers/quantizer.ts';

export type AffinePreset =
  | 'absmax'
  | 'absmax-full'
  | 'rtn'
  | 'rtn-asymmetric'
  | 'zero-point'
  | 'uniform'
  | 'hqq-start'
  | 'llm-int8';
export const AFFINE_PRESETS: readonly AffinePreset[] = [
  'absmax',
  'absmax-full',
  'rtn',
  'rtn-asymmetric',
  'zero-point',
  'uniform',
  'hqq-start',
  'llm-int8',
];

/** Bits that a preset offers. */
export function bitsOf(preset: AffinePreset): readonly number[] {
  if (preset === 'llm-int8') return [8];
  const isFromTwo = preset === 'absmax' || preset === 'rtn' || preset === 'rtn-asymmetric';
  return isFromTwo ? [2, 3, 4, 5, 6, 7, 8] : [1, 2, 3, 4, 5, 6, 7, 8];
}

/** The presets spelled out once more from the definitions, so that kernel tests do not depend on the table under test elsewhere. */
export function affineQuantizer(
  preset: AffinePreset,
  bits: number,
  unit: Unit,
  groupSize: number | null,
  scaleDtype: ScaleDtype,
): AffineQuantizer {
  const top = 2 ** (bits - 1);
  const common = { family: 'affine', bits, unit, groupSize, scaleDtype, lo: -top, hi: top - 1 } as const;
  switch (preset) {
    case 'absmax':
      return { ...common, id: 'absmax', range: 'max-magnitude', rule: 'symmetric', divisor: top - 1, lo: 1 - top };
    case 'absmax-full':
      return { ...common, id: 'absmax-full', range: 'signed-extreme', rule: 'symmetric', divisor: -top };
    case 'rtn':
      return { ...common, id: 'rtn', range: 'max-magnitude', rule: 'symmetric', divisor: (2 * top - 1) / 2 };
    case 'rtn-asymmetric':
      return { ...common, id: 'rtn', range: 'min-max-zero', rule: 'integer-zero', divisor: 2 * top - 1 };
    case 'zero-point':
      return { ...common, id: 'zero-point', range: 'min-max', rule: 'multiplied', divisor: 2 * top - 1 };
    case 'hqq-start':
      return {
        ...common,
        id: 'hqq',
        range: 'min-max',
        rule: 'float-zero',
        divisor: 2 * top - 1,
        lo: 0,
        hi: 2 * top - 1,
      };
    case 'llm-int8':
      // SCB is always stored in F32.
      return {
        ...{ ...common, scaleDtype: 'F32' },
        ...{ id: 'llm-int8', range: 'max-magnitude', rule: 'row-absmax', divisor: top - 1, lo: 1 - top },
      };
    case 'uniform':
      return { ...common, id: 'uniform', range: 'min-max', rule: 'cells', divisor: 2 * top, lo: 0, hi: 2 * top - 1 };
  }
}

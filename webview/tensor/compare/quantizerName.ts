import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { completeSpec, fieldsOf } from '../../quantizer/fields.ts';
import { t } from '../../strings.ts';

/** A quantizer in two parts: what it is, and what shares its scales (their dtype where it was chosen). */
export interface QuantizerName {
  readonly name: string;
  readonly detail: string;
}

export function quantizerName(spec: QuantizerSpec): QuantizerName {
  if (fieldsOf(spec.id).bits.length === 0) return { name: spec.id, detail: t('compare.cast') };
  const { id, bits, unit, groupSize, asymmetric } = completeSpec(spec);
  const words = [
    unit === 'group'
      ? t('bar.unitGroup', { size: groupSize })
      : t(unit === 'channel' ? 'bar.unitChannel' : 'bar.unitTensor'),
    ...(asymmetric ? [t('compare.asymmetric')] : []),
    ...(spec.scaleDtype ? [spec.scaleDtype] : []),
  ];
  return { name: `${id} ${bits}`, detail: words.join(', ') };
}

/** For labels in a chart: `absmax 4 g32`. */
export function shortQuantizerName(spec: QuantizerSpec): string {
  if (fieldsOf(spec.id).bits.length === 0) return spec.id;
  const { id, bits, unit, groupSize, asymmetric } = completeSpec(spec);
  const slice = unit === 'group' ? ` g${groupSize}` : unit === 'channel' ? ` ${t('bar.unitChannel')}` : '';
  return `${id} ${bits}${slice}${asymmetric ? ` ${t('compare.asymmetricShort')}` : ''}`;
}

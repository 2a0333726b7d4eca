import type { QuantizerId } from '../../src/core/quantizers/quantizer.ts';
import { h } from '../elements/dom.ts';
import { t } from '../strings.ts';
import { createDropdown } from '../toolkit.ts';
import type { BarField } from './barField.ts';
import { knownPreset, NARROWEST, WIDEST } from './fields.ts';

/** Exponent and mantissa bits: a choice for `float:E,M`, shown of the other casts. Both are part of the id. */
export function createFloatFields(change: (id: QuantizerId) => void): BarField {
  let present = { exponentBits: 4, mantissaBits: 3 };
  const setId = (next: Partial<typeof present>): void => {
    const { exponentBits, mantissaBits } = { ...present, ...next };
    change(`float:${exponentBits},${mantissaBits}`);
  };
  const exponent = createDropdown(t('bar.exponentBits'), (value) => setId({ exponentBits: Number(value) }), {
    class: 'field-float',
  });
  const mantissa = createDropdown(t('bar.mantissaBits'), (value) => setId({ mantissaBits: Number(value) }), {
    class: 'field-float',
  });
  return {
    element: h('div', { class: 'field-pair' }, exponent.element, mantissa.element),
    update({ spec, locked, unused }) {
      const preset = knownPreset(spec.id);
      if (preset.family === 'cast') present = preset.format;
      const isOff = locked !== null || !spec.id.startsWith('float:');
      for (const [field, key] of [
        [exponent, 'exponentBits'],
        [mantissa, 'mantissaBits'],
      ] as const) {
        const values = Array.from({ length: WIDEST[key] - NARROWEST[key] + 1 }, (_, at) => String(NARROWEST[key] + at));
        field.setOptions(
          values.map((value) => ({ value, text: value })),
          String(present[key]),
        );
        field.setDisabled(isOff, locked ?? unused);
      }
    },
  };
}

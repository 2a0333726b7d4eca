import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { h } from '../elements/dom.ts';
import { t } from '../strings.ts';
import type { BarField, BarState, ChangeSpec } from './barField.ts';
import { createChoiceField } from './choiceField.ts';
import { createFloatFields } from './floatFields.ts';
import { createFlagField, createListField, createTextParameter } from './plainFields.ts';

/** The second row of the bar: what only some quantizers take. */
export function createMoreFields(change: ChangeSpec): BarField & { hasMeaning(state: BarState): boolean } {
  const fields: readonly BarField[] = [
    createFlagField('asymmetric', 'asymmetric', t('bar.asymmetric'), change),
    createTextParameter(SEQUENCE, change),
    createFractionField(change),
    createListField('levelDtype', 'level_dtype', t('bar.levelDtype'), change),
    createTextParameter(LEVELS, change),
    createFlagField('doubleQuant', 'double_quant', t('bar.doubleQuant'), change),
    createOutliersField(change),
    createFloatFields((id) => change({ id })),
    createFlagField('saturate', 'saturate', t('bar.saturate'), change),
  ];
  return {
    element: h('div', { class: 'bar-more' }, ...fields.map(({ element }) => element)),
    update: (state) => {
      for (const field of fields) field.update(state);
    },
    hasMeaning: ({ fields: { id, takes } }) =>
      id.startsWith('float:') || (['sequence', 'fraction', 'levels', 'double_quant', 'outliers'] as const).some(takes),
  };
}

const SEQUENCE = {
  parameter: 'sequence',
  get label() {
    return t('bar.sequence');
  },
  class: 'field-sequence',
  read: ({ sequence = '' }: QuantizerSpec) => sequence,
  write: (text: string): Partial<QuantizerSpec> => ({ sequence: text.replaceAll(/\s/g, '') }),
} as const;

const LEVELS = {
  parameter: 'levels',
  get label() {
    return t('bar.levels');
  },
  class: 'field-levels',
  read: ({ levels = [] }: QuantizerSpec) => levels.join(', '),
  write: (text: string): Partial<QuantizerSpec> => ({
    levels: text
      .split(/[\s,;]+/)
      .filter((word) => word !== '')
      .map((word) => Number(word.replace('−', '-'))),
  }),
} as const;

function createFractionField(change: ChangeSpec): BarField {
  return createChoiceField(
    {
      parameter: 'fraction',
      label: t('bar.fraction'),
      valueLabel: t('bar.fractionValue'),
      class: 'field-fraction',
      forms: () => [
        { id: 'auto', text: t('bar.fractionAuto') },
        { id: 'mse', text: t('bar.fractionMse') },
        { id: 'bits', text: t('bar.fractionBits'), start: '7' },
      ],
      read: ({ fraction = 'auto' }) => (typeof fraction === 'number' ? ['bits', String(fraction)] : [fraction, '']),
      write: (id, value) => ({ fraction: id === 'auto' || id === 'mse' ? id : numberOf(value) }),
    },
    change,
  );
}

function createOutliersField(change: ChangeSpec): BarField {
  return createChoiceField(
    {
      parameter: 'outliers',
      label: t('bar.outliers'),
      valueLabel: t('bar.outliersValue'),
      class: 'field-outliers',
      forms: () => [
        { id: 'none', text: t('bar.outliersNone') },
        { id: 'sigma', text: t('bar.outliersSigma'), start: '6' },
        { id: 'magnitude', text: t('bar.outliersMagnitude'), start: '' },
      ],
      read: ({ outliers }) => {
        if (outliers === undefined) return ['none', ''];
        return outliers.endsWith('sigma') ? ['sigma', outliers.slice(0, -'sigma'.length)] : ['magnitude', outliers];
      },
      write: (id, value) => {
        const trimmed = value.trim();
        return { outliers: id === 'none' ? undefined : id === 'sigma' ? `${trimmed}sigma` : trimmed };
      },
    },
    change,
  );
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text.replace('−', '-'));
}

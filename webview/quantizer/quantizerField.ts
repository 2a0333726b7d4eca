import { QUANTIZER_IDS } from '../../src/core/quantizers/presets.ts';
import type { QuantizerId, QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { type StringKey, t } from '../strings.ts';
import { createDropdown, type DropdownOption } from '../toolkit.ts';
import type { BarField } from './barField.ts';
import { type Cost, costOf } from './cost.ts';
import { bitsWords, fieldsOf, type MenuFamily } from './fields.ts';
import { switchQuantizer } from './specs.ts';

const FAMILY_TITLES: Readonly<Record<MenuFamily, StringKey>> = {
  affine: 'bar.familyAffine',
  codebook: 'bar.familyCodebook',
  binary: 'bar.familyBinary',
  cast: 'bar.familyCast',
};

const COST_WORDS: Readonly<Record<Cost, StringKey>> = {
  instant: 'bar.costInstant',
  pass: 'bar.costPass',
  search: 'bar.costSearch',
};

/** Every preset by family, each with its bits and the cost that it would have with the other fields as they are. */
export function createQuantizerField(onChoose: (id: QuantizerId) => void): BarField {
  const field = createDropdown(
    t('bar.quantizer'),
    (value) => onChoose(QUANTIZER_IDS.find((id) => optionValue(id) === value) ?? (value as QuantizerId)),
    { class: 'field-quantizer' },
  );
  return {
    element: field.element,
    update({ spec, locked }) {
      field.setOptions(
        QUANTIZER_IDS.map((id, at) => ({
          ...optionOf(spec, id),
          ...(at === 0 ? { headingDetail: [t('bar.bitsColumn'), t('bar.costColumn')] } : {}),
        })),
        optionValue(spec.id),
      );
      field.setDisabled(locked !== null, locked ?? '');
    },
  };
}

function optionOf(spec: QuantizerSpec, id: QuantizerId): DropdownOption {
  const next = optionValue(spec.id) === optionValue(id) ? spec : switchQuantizer(spec, id);
  const cost = t(COST_WORDS[costOf(resolveQuantizer(next))]);
  const heading = t(FAMILY_TITLES[fieldsOf(id).family]);
  return { value: optionValue(id), text: optionValue(id), detail: [bitsWords(id), cost], heading };
}

/** One option stands for every `float:E,M`, whose bits have fields of their own. */
function optionValue(id: QuantizerId): string {
  return id.startsWith('float:') ? 'float' : id;
}

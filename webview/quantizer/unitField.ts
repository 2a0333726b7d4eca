import { BLOCK_SIZES } from '../../src/core/quantizers/presets.ts';
import type { QuantizerSpec, Unit } from '../../src/core/quantizers/quantizer.ts';
import { h } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createDropdown, createTextField, type DropdownOption } from '../toolkit.ts';
import { addedBits } from './addedBits.ts';
import type { BarField, BarState, ChangeSpec } from './barField.ts';

/** Group sizes offered by name; any other is typed. */
const NAMED_SIZES: readonly number[] = [32, 64, 128];

/** Value of the option that asks for a group size. */
const OTHER_GROUP = 'group-other';
/** Value of the option of a cast without a scale. */
const UNSCALED = 'unscaled';

/**
 * Unit and group size in one drop-down: tensor, channel, groups; blocks of NF4 and FP4; none for casts. Any other group
 * size is typed in the field that then stands beside it.
 */
export function createUnitField(store: Store, change: ChangeSpec): BarField {
  let present: BarState | null = null;
  const presentSize = (): string => String(present?.shown.groupSize ?? '');
  const size = createTextField(
    t('bar.groupSize'),
    {
      onCommit: (text) =>
        size.setInvalid(change({ unit: 'group', groupSize: text.trim() === '' ? Number.NaN : Number(text) })),
    },
    { class: 'field-value' },
  );
  size.element.hidden = true;
  const unit = createDropdown(
    t('bar.unit'),
    (value) => {
      size.setInvalid(null);
      size.element.hidden = value !== OTHER_GROUP;
      if (value === OTHER_GROUP) {
        size.element.value = presentSize();
        size.focus();
      } else {
        change(parseUnit(value));
      }
    },
    { class: 'field-unit' },
  );
  const weight = largestLinear(store);
  return {
    element: h('div', { class: 'field-pair' }, unit.element, size.element),
    update(state) {
      if (state.spec !== present?.spec) size.setInvalid(null);
      present = state;
      const options = unitOptions(state, weight);
      const isUnused = options.length === 0;
      const value = unitValue(state);
      unit.setOptions(isUnused ? [{ value, text: t('bar.unitTensor') }] : options, value);
      unit.setDisabled(state.locked !== null || isUnused, state.locked ?? state.unused);
      const isTyped = state.spec.unit === 'group' && !NAMED_SIZES.includes(state.shown.groupSize);
      if (isTyped) size.element.value = presentSize();
      else size.element.hidden = true;
    },
  };
}

/** The shape for which the options say what their scales cost: the largest linear weight. */
function largestLinear(store: Store): Weight {
  const linear = store.model.tensors.filter((row) => row.kind === 'linear');
  return linear.reduce((best, row) => (row.elements > best.channels * best.inputs ? row : best), {
    channels: 0,
    inputs: 0,
  });
}

interface Weight {
  readonly channels: number;
  readonly inputs: number;
}

function unitOptions({ spec, shown, fields }: BarState, weight: Weight): DropdownOption[] {
  const added = (change: Partial<QuantizerSpec>): string => {
    const bits = addedBits({ ...spec, ...change }, weight);
    return bits === null ? '' : `+${fig.decimals(bits, 3)}`;
  };
  if (!fields.takes('unit')) {
    if (!fields.takes('group_size')) return [];
    return BLOCK_SIZES.map((size) => ({
      value: `block ${size}`,
      text: t('bar.unitBlock', { size }),
      detail: added({ groupSize: size }),
    }));
  }
  const sizes = [...new Set([...NAMED_SIZES, shown.groupSize])].sort((a, b) => a - b);
  const units = fields.units.flatMap((unit): DropdownOption[] => {
    if (unit === 'tensor') return [{ value: unit, text: t('bar.unitTensor'), detail: added({ unit }) }];
    if (unit === 'channel') return [{ value: unit, text: t('bar.unitChannel'), detail: added({ unit }) }];
    const groups = sizes.map((size) => ({
      value: `group ${size}`,
      text: t('bar.unitGroup', { size }),
      detail: added({ unit, groupSize: size }),
    }));
    return [...groups, { value: OTHER_GROUP, text: t('bar.groupOther') }];
  });
  return fields.canBeUnscaled ? [{ value: UNSCALED, text: t('bar.unitNone'), detail: '' }, ...units] : units;
}

function unitValue({ spec, shown, fields }: BarState): string {
  if (!fields.takes('unit')) return fields.takes('group_size') ? `block ${shown.groupSize}` : 'tensor';
  if (fields.canBeUnscaled && spec.unit === undefined) return UNSCALED;
  return shown.unit === 'group' ? `group ${shown.groupSize}` : shown.unit;
}

function parseUnit(value: string): Partial<QuantizerSpec> {
  const [unit, size] = value.split(' ');
  if (unit === UNSCALED) return { unit: undefined };
  if (unit === 'block') return { groupSize: Number(size) };
  return size === undefined ? { unit: unit as Unit } : { unit: 'group', groupSize: Number(size) };
}

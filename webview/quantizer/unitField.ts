import { GROUP_SIZES } from '../../src/core/quantizers/presets.ts';
import type { QuantizerSpec, Unit } from '../../src/core/quantizers/quantizer.ts';
import { h } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createDropdown, createTextField, type DropdownOption } from '../toolkit.ts';
import { type CompleteSpec, completeSpec, fieldsOf, scaleBits } from './fields.ts';

/** Group sizes offered by name; any other is typed. */
const NAMED_SIZES: readonly number[] = [32, 64, 128];

/** Value of the option that asks for a group size. */
const OTHER_GROUP = 'group-other';

/** Unit and group size in one drop-down; any other group size is typed in the field that then stands beside it. */
export function createUnitField(
  store: Store,
  change: (next: Partial<QuantizerSpec>) => void,
): { element: HTMLElement; update(spec: QuantizerSpec, why: string | null, unused: string): void } {
  const size = createTextField(
    t('bar.groupSize'),
    {
      onCommit: (text) => {
        const groupSize = Number(text);
        if (isGroupSize(groupSize)) change({ unit: 'group', groupSize });
        else size.element.value = String(completeSpec(store.choices.get().spec).groupSize);
      },
    },
    { class: 'field-group-size' },
  );
  size.element.hidden = true;
  const unit = createDropdown(
    t('bar.unit'),
    (value) => {
      size.element.hidden = value !== OTHER_GROUP;
      if (value === OTHER_GROUP) {
        size.element.value = String(completeSpec(store.choices.get().spec).groupSize);
        size.focus();
      } else {
        change(parseUnit(value));
      }
    },
    { class: 'field-unit' },
  );
  const weight = largestLinear(store);
  return {
    element: h('div', { class: 'unit-field' }, unit.element, size.element),
    update(spec, why, unused) {
      const { units } = fieldsOf(spec.id);
      const shown = completeSpec(spec);
      unit.setOptions(unitOptions(units, shown, weight), unitValue(shown.unit, shown.groupSize));
      unit.setDisabled(why !== null || units.length === 0, unused);
      if (shown.unit !== 'group' || NAMED_SIZES.includes(shown.groupSize)) size.element.hidden = true;
    },
  };
}

/** The shape for which the options say what their scales cost: the largest linear weight. */
function largestLinear(store: Store): { channels: number; inputs: number } {
  const linear = store.model.tensors.filter((row) => row.kind === 'linear');
  return linear.reduce((best, row) => (row.elements > best.channels * best.inputs ? row : best), {
    channels: 0,
    inputs: 0,
  });
}

function unitOptions(
  units: readonly Unit[],
  { scaleDtype, groupSize }: CompleteSpec,
  weight: { channels: number; inputs: number },
): DropdownOption[] {
  const list = units.length > 0 ? units : (['tensor'] as const);
  const added = (unit: Unit, size: number): string => `+${fig.decimals(scaleBits(unit, size, scaleDtype, weight), 3)}`;
  const sizes = [...new Set([...NAMED_SIZES, groupSize])].sort((a, b) => a - b);
  return list.flatMap((unit): DropdownOption[] => {
    if (unit === 'tensor') return [{ value: unit, text: t('bar.unitTensor'), detail: added(unit, 1) }];
    if (unit === 'channel') return [{ value: unit, text: t('bar.unitChannel'), detail: added(unit, 1) }];
    const groups = sizes.map((size) => ({
      value: unitValue('group', size),
      text: t('bar.unitGroup', { size }),
      detail: added('group', size),
    }));
    return [...groups, { value: OTHER_GROUP, text: t('bar.groupOther') }];
  });
}

function unitValue(unit: Unit, groupSize: number): string {
  return unit === 'group' ? `group ${groupSize}` : unit;
}

function parseUnit(value: string): Partial<QuantizerSpec> {
  const [unit, size] = value.split(' ');
  return size === undefined ? { unit: unit as Unit } : { unit: 'group', groupSize: Number(size) };
}

function isGroupSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= GROUP_SIZES.from && size <= GROUP_SIZES.to;
}

import type { ParameterName } from '../../src/core/quantizers/presets.ts';
import type { LevelDtype, QuantizerSpec, ScaleDtype } from '../../src/core/quantizers/quantizer.ts';
import { h } from '../elements/dom.ts';
import { t } from '../strings.ts';
import { createDropdown, createLabelledCheckbox, createTextField } from '../toolkit.ts';
import type { BarField, BarState, ChangeSpec } from './barField.ts';

/** A parameter that is on or off. */
export function createFlagField(
  key: 'asymmetric' | 'doubleQuant' | 'saturate',
  parameter: ParameterName,
  label: string,
  change: ChangeSpec,
): BarField {
  const { element, control } = createLabelledCheckbox(label, (isChecked) => change({ [key]: isChecked }));
  return {
    element,
    update(state) {
      const isOff = isUnused(state, parameter);
      control.disabled = isOff;
      control.checked = !isOff && state.spec[key] === true;
      element.title = isOff ? whyOff(state) : '';
    },
  };
}

/** Value of the option that leaves a dtype to the packed format. */
const AUTOMATIC = 'auto';

/** The dtype of scales or levels; left open, it is what the packed format stores. */
export function createListField(
  key: 'scaleDtype' | 'levelDtype',
  parameter: ParameterName,
  label: string,
  change: ChangeSpec,
): BarField {
  const field = createDropdown(
    label,
    (value) => change({ [key]: value === AUTOMATIC ? undefined : (value as ScaleDtype & LevelDtype) }),
    { class: 'field-scale' },
  );
  return {
    element: field.element,
    update(state) {
      const values = key === 'scaleDtype' ? state.fields.scaleDtypes : state.fields.levelDtypes;
      const automatic = { value: AUTOMATIC, text: t('bar.scaleAutomatic'), detail: t('bar.scaleAutomaticDetail') };
      field.setOptions([automatic, ...values.map((value) => ({ value, text: value }))], state.spec[key] ?? AUTOMATIC);
      const isUnscaled = key === 'scaleDtype' && state.fields.canBeUnscaled && state.spec.unit === undefined;
      field.setDisabled(isUnused(state, parameter) || isUnscaled, isUnscaled ? t('bar.unscaled') : whyOff(state));
    },
  };
}

export interface TextParameter {
  readonly parameter: ParameterName;
  readonly label: string;
  readonly class: string;
  read(spec: QuantizerSpec): string;
  write(text: string): Partial<QuantizerSpec>;
}

/** A parameter that is typed; a text that does not hold stays, marked with the reason. */
export function createTextParameter(parameter: TextParameter, change: ChangeSpec): BarField {
  const field = createTextField(
    parameter.label,
    { onCommit: (text) => field.setInvalid(change(parameter.write(text))) },
    { class: parameter.class },
  );
  let shown: QuantizerSpec | null = null;
  const label = h('span', { class: 'field-label', text: parameter.label, attributes: { 'aria-hidden': true } });
  const element = h('div', { class: 'field' }, label, field.element);
  return {
    element,
    update(state) {
      const isOff = isUnused(state, parameter.parameter);
      field.element.disabled = isOff;
      element.title = isOff ? whyOff(state) : '';
      if (state.spec === shown) return;
      shown = state.spec;
      field.setInvalid(null);
      field.element.value = isOff ? '' : parameter.read({ ...state.shown });
    },
  };
}

function isUnused({ fields, locked }: BarState, parameter: ParameterName): boolean {
  return locked !== null || !fields.takes(parameter);
}

function whyOff({ locked, unused }: BarState): string {
  return locked ?? unused;
}

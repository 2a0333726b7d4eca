import type { ParameterName } from '../../src/core/quantizers/presets.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { h } from '../elements/dom.ts';
import { createDropdown, createTextField } from '../toolkit.ts';
import type { BarField, BarState, ChangeSpec } from './barField.ts';

/** One of the forms that a parameter can have. */
export interface ChoiceForm {
  readonly id: string;
  readonly text: string;
  readonly detail?: string;
  /** The value that the form begins with, `''`: to be typed; absent: the form has no value. */
  readonly start?: string;
}

export interface ChoiceParameter {
  readonly parameter: ParameterName;
  readonly label: string;
  readonly valueLabel: string;
  readonly class: string;
  forms(state: BarState): readonly ChoiceForm[];
  /** The form of a spec and its value. */
  read(spec: QuantizerSpec): readonly [id: string, value: string];
  write(id: string, value: string): Partial<QuantizerSpec>;
}

/** A parameter of several forms, some with a value (`percentile 99.9`): a drop-down, and a text field beside it where the form has one. */
export function createChoiceField(parameter: ChoiceParameter, change: ChangeSpec): BarField {
  let present: BarState | null = null;
  /** The form whose value is being typed, while the spec has another. */
  let asked: string | null = null;
  const formOf = (id: string): ChoiceForm | undefined =>
    present === null ? undefined : parameter.forms(present).find((form) => form.id === id);
  const value = createTextField(
    parameter.valueLabel,
    {
      onCommit: (text) => {
        const id = asked ?? parameter.read(present?.spec ?? { id: 'absmax' })[0];
        const problem = change(parameter.write(id, text));
        value.setInvalid(problem);
        if (problem === null) asked = null;
      },
    },
    { class: 'field-value' },
  );
  const form = createDropdown(
    parameter.label,
    (id) => {
      const start = formOf(id)?.start;
      value.setInvalid(null);
      asked = start === '' ? id : null;
      value.element.hidden = start === undefined;
      if (start === undefined || start !== '') change(parameter.write(id, start ?? ''));
      else {
        value.element.value = '';
        value.focus();
      }
    },
    { class: parameter.class },
  );
  value.element.hidden = true;
  return {
    element: h('div', { class: 'field-pair' }, form.element, value.element),
    update(state) {
      const isOther = present !== null && state.spec !== present.spec;
      present = state;
      if (isOther) {
        asked = null;
        value.setInvalid(null);
      }
      const isOff = state.locked !== null || !state.fields.takes(parameter.parameter);
      const [id, text] = parameter.read(state.spec);
      const forms = parameter.forms(state);
      form.setOptions(
        forms.map((each) => ({ value: each.id, text: each.text, ...(each.detail ? { detail: each.detail } : {}) })),
        asked ?? id,
      );
      form.setDisabled(isOff, state.locked ?? state.unused);
      const hasValue = forms.find((each) => each.id === (asked ?? id))?.start !== undefined;
      value.element.hidden = !hasValue || isOff;
      if (asked === null && hasValue) value.element.value = text;
    },
  };
}

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
  let forms: readonly ChoiceForm[] = [];
  /** The form that is shown: the spec's, or one whose value is yet to be typed. */
  let shown = '';
  let isAsking = false;
  const value = createTextField(
    parameter.valueLabel,
    {
      onCommit: (text) => {
        const problem = change(parameter.write(shown, text));
        value.setInvalid(problem);
        if (problem === null) isAsking = false;
      },
    },
    { class: 'field-value' },
  );
  const form = createDropdown(parameter.label, (id) => choose(id), { class: parameter.class });
  const choose = (id: string): void => {
    const start = forms.find((each) => each.id === id)?.start;
    shown = id;
    isAsking = start === '';
    value.setInvalid(null);
    value.element.hidden = start === undefined;
    if (!isAsking) change(parameter.write(id, start ?? ''));
    else {
      value.element.value = '';
      value.focus();
    }
  };
  /** A text that does not hold stays as it is until the spec changes. */
  const draw = (state: BarState, isOther: boolean): void => {
    const isOff = state.locked !== null || !state.fields.takes(parameter.parameter);
    const [id, text] = parameter.read(state.spec);
    if (!isAsking) shown = id;
    forms = parameter.forms(state);
    form.setOptions(
      forms.map((each) => ({ value: each.id, text: each.text, ...(each.detail ? { detail: each.detail } : {}) })),
      shown,
    );
    form.setDisabled(isOff, state.locked ?? state.unused);
    const hasValue = forms.find((each) => each.id === shown)?.start !== undefined;
    value.element.hidden = !hasValue || isOff;
    if (isOther && !isAsking && hasValue) value.element.value = text;
  };
  value.element.addEventListener('focusout', () => {
    // Left without a value: the form that is in force stands there again.
    if (!isAsking || present === null || value.element.value !== '') return;
    isAsking = false;
    draw(present, true);
  });
  value.element.hidden = true;
  return {
    element: h('div', { class: 'field-pair' }, form.element, value.element),
    update(state) {
      const isOther = state.spec !== present?.spec;
      if (isOther) {
        isAsking = false;
        value.setInvalid(null);
      }
      present = state;
      draw(state, isOther);
    },
  };
}

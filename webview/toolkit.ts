/**
 * The only importer of @vscode/webview-ui-toolkit (archived; kept in one place so that it can be replaced). Controls are
 * made here with their label and speak plain callbacks, so that no other file knows the toolkit's events.
 */
import './cspNonce.ts';
import {
  type Button,
  type Checkbox,
  type Dropdown,
  provideVSCodeDesignSystem,
  type RadioGroup,
  type TextField,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeRadio,
  vsCodeRadioGroup,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { h } from './elements/dom.ts';

/** Registers the custom elements; once, before the first control is made. */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeRadio(),
    vsCodeRadioGroup(),
    vsCodeTextField(),
  );
}

export interface DropdownOption {
  readonly value: string;
  readonly text: string;
  /** Short words at the right end of the option, in columns: bits, cost, what it adds. */
  readonly detail?: string | readonly string[];
  /** Stands above the first option of a row of them with the same heading. */
  readonly heading?: string;
  /** What the columns of `detail` are, at the end of the heading. */
  readonly headingDetail?: readonly string[];
}

/** A labelled drop-down. `element` holds label and control. */
export interface DropdownControl {
  readonly element: HTMLElement;
  readonly control: HTMLElement;
  setOptions(options: readonly DropdownOption[], value: string): void;
  setDisabled(isDisabled: boolean, why?: string): void;
}

export function createDropdown(
  label: string,
  onChange: (value: string) => void,
  options: { readonly class?: string; readonly isInline?: boolean } = {},
): DropdownControl {
  const control = document.createElement('vscode-dropdown') as Dropdown;
  control.setAttribute('aria-label', label);
  const shown = h('span', { attributes: { slot: 'selected-value' } });
  let known = '';
  let values: readonly string[] = [];
  control.addEventListener('change', () => {
    shown.textContent = control.selectedOptions[0]?.dataset.text ?? '';
    onChange(control.value);
  });
  const element = h('div', { class: `field ${options.isInline ? 'field-inline ' : ''}${options.class ?? ''}` });
  element.append(h('span', { class: 'field-label', text: label, attributes: { 'aria-hidden': true } }), control);
  return {
    element,
    control,
    setOptions(list, value) {
      shown.textContent = list.find((option) => option.value === value)?.text ?? '';
      const signature = JSON.stringify(list);
      const hasSameValues = list.length === values.length && list.every((option, at) => option.value === values[at]);
      if (signature !== known && hasSameValues) {
        // Written over in place: an open list stays open, and the value holds at once.
        known = signature;
        const elements = control.querySelectorAll<HTMLElement>('vscode-option');
        for (const [at, option] of list.entries()) fillOption(elements[at], option);
        if (control.value !== value) control.value = value;
      } else if (signature !== known) {
        known = signature;
        values = list.map((option) => option.value);
        control.replaceChildren(shown, ...list.flatMap((option, at) => makeOptions(option, list[at - 1], value)));
      } else if (control.value !== value) {
        control.value = value;
      }
    },
    setDisabled(isDisabled, why) {
      control.disabled = isDisabled;
      element.title = isDisabled && why ? why : '';
    },
  };
}

/** The option, below its heading where another begins. Headings are no options: keys pass over them. */
function makeOptions(option: DropdownOption, before: DropdownOption | undefined, value: string): HTMLElement[] {
  const element = makeOption(option, option.value === value);
  if (option.heading === undefined || option.heading === before?.heading) return [element];
  const columns = (option.headingDetail ?? []).map((text) => h('span', { class: 'option-detail', text }));
  const title = h('span', { class: 'option-text', text: option.heading });
  return [h('div', { class: 'option-heading', attributes: { 'aria-hidden': true } }, title, ...columns), element];
}

function makeOption(option: DropdownOption, isSelected: boolean): HTMLElement {
  const element = document.createElement('vscode-option');
  element.setAttribute('value', option.value);
  if (isSelected) element.setAttribute('selected', '');
  fillOption(element, option);
  return element;
}

function fillOption(element: HTMLElement | undefined, { text, detail = [] }: DropdownOption): void {
  if (!element) return;
  element.dataset.text = text;
  const details = typeof detail === 'string' ? [detail] : detail;
  const columns = details.flatMap((each) => [' ', h('span', { class: 'option-detail', text: each })]);
  element.replaceChildren(h('span', { class: 'option-text', text }), ...columns);
}

/** A button; `primary` for the one action a state is about. */
export function createButton(
  text: string,
  onClick: () => void,
  appearance: 'primary' | 'secondary' = 'secondary',
): HTMLElement & { disabled: boolean } {
  const control = document.createElement('vscode-button') as Button;
  control.setAttribute('appearance', appearance);
  control.textContent = text;
  control.addEventListener('click', () => {
    if (!control.disabled) onClick();
  });
  return control;
}

/** The toolkit takes a field's accessible name from its text only; the style sheet hides that text. */
function setHiddenLabel(control: HTMLElement, label: string): void {
  control.append(label);
  control.classList.add('without-label');
}

export interface TextFieldControl {
  readonly element: HTMLElement & { value: string; disabled: boolean };
  /** Puts the caret into the field. */
  focus(): void;
  /** Marks the text as one that does not hold; null: it does. */
  setInvalid(why: string | null): void;
}

/** A text field; `onInput` runs at every keystroke, `onCommit` on Enter and when focus leaves. */
export function createTextField(
  label: string,
  handlers: { readonly onInput?: (value: string) => void; readonly onCommit?: (value: string) => void },
  options: { readonly placeholder?: string; readonly class?: string } = {},
): TextFieldControl {
  const control = document.createElement('vscode-text-field') as TextField;
  setHiddenLabel(control, label);
  if (options.placeholder) control.setAttribute('placeholder', options.placeholder);
  if (options.class) control.classList.add(options.class);
  control.addEventListener('input', () => handlers.onInput?.(control.value));
  control.addEventListener('change', () => handlers.onCommit?.(control.value));
  return {
    element: control,
    focus: () => control.control.focus(),
    setInvalid(why) {
      control.classList.toggle('invalid', why !== null);
      control.title = why ?? '';
      if (why === null) control.removeAttribute('aria-invalid');
      else control.setAttribute('aria-invalid', 'true');
    },
  };
}

export function createCheckbox(
  text: string,
  onChange: (isChecked: boolean) => void,
): HTMLElement & { checked: boolean; disabled: boolean } {
  const control = document.createElement('vscode-checkbox') as Checkbox;
  control.textContent = text;
  control.addEventListener('change', () => onChange(control.checked));
  return control;
}

/** A group of radio buttons; `options` are value and text. */
export function createRadioGroup(
  label: string,
  options: readonly { readonly value: string; readonly text: string }[],
  onChange: (value: string) => void,
): HTMLElement & { value: string } {
  const group = document.createElement('vscode-radio-group') as RadioGroup;
  group.setAttribute('aria-label', label);
  for (const option of options) {
    const radio = document.createElement('vscode-radio');
    radio.setAttribute('value', option.value);
    radio.textContent = option.text;
    group.append(radio);
  }
  group.addEventListener('change', () => onChange(group.value));
  return group;
}

/** A check box under its label, to stand in a row of labelled fields. */
export function createLabelledCheckbox(
  label: string,
  onChange: (isChecked: boolean) => void,
): { readonly element: HTMLElement; readonly control: HTMLElement & { checked: boolean; disabled: boolean } } {
  const control = createCheckbox('', onChange);
  setHiddenLabel(control, label);
  const element = h('div', { class: 'field' });
  element.append(h('span', { class: 'field-label', text: label, attributes: { 'aria-hidden': true } }), control);
  return { element, control };
}

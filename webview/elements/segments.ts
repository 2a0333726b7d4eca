import { h, setAttribute } from './dom.ts';

export interface Segment<T extends string> {
  readonly value: T;
  readonly text: string;
}

export interface Segments<T extends string> {
  readonly element: HTMLElement;
  set(value: T): void;
}

/** A switch between a few words: a radio group with one tab stop, arrows move and choose. */
export function createSegments<T extends string>(
  label: string,
  segments: readonly Segment<T>[],
  onChoose: (value: T) => void,
): Segments<T> {
  const buttons = segments.map(({ value, text }) =>
    h('button', {
      class: 'segment',
      role: 'radio',
      text,
      attributes: { type: 'button' },
      on: { click: () => onChoose(value) },
    }),
  );
  const element = h('div', { class: 'segments', role: 'radiogroup', attributes: { 'aria-label': label } }, ...buttons);
  element.addEventListener('keydown', (event) => {
    const step = ['ArrowRight', 'ArrowDown'].includes(event.key)
      ? 1
      : ['ArrowLeft', 'ArrowUp'].includes(event.key)
        ? -1
        : 0;
    if (step === 0) return;
    event.preventDefault();
    const from = buttons.indexOf(event.target as HTMLButtonElement);
    const to = (from + step + buttons.length) % buttons.length;
    const segment = segments[to];
    if (!segment) return;
    onChoose(segment.value);
    buttons[to]?.focus();
  });
  return {
    element,
    set(value) {
      buttons.forEach((button, at) => {
        const isChosen = segments[at]?.value === value;
        setAttribute(button, 'aria-checked', isChosen);
        button.tabIndex = isChosen ? 0 : -1;
      });
    },
  };
}

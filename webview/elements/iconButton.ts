import { h, icon } from './dom.ts';

/** A square button with a Codicon; `label` is its name and its tooltip. */
export function iconButton(iconName: string, label: string, onClick: () => void): HTMLButtonElement {
  return h(
    'button',
    {
      class: 'icon-button',
      title: label,
      attributes: { type: 'button', 'aria-label': label },
      on: { click: () => onClick() },
    },
    icon(iconName),
  );
}

import { h, icon } from '../elements/dom.ts';
import { linkButton } from '../elements/linkButton.ts';

export interface BannerOptions {
  readonly severity: 'error' | 'warning' | 'info';
  readonly text: string;
  readonly detail?: string;
  readonly actions?: readonly { readonly text: string; readonly run: () => void }[];
}

const ICONS = { error: 'error', warning: 'warning', info: 'info' } as const;

/** One line over the page with its actions; errors and warnings are spoken at once. */
export function createBanner(options: BannerOptions): HTMLElement {
  const actions = (options.actions ?? []).map((action) => linkButton(action.text, action.run));
  const line = h(
    'div',
    { class: `banner banner-${options.severity}`, role: options.severity === 'info' ? 'status' : 'alert' },
    icon(ICONS[options.severity]),
    h('span', { class: 'banner-text', text: options.text }),
    ...actions,
  );
  if (!options.detail) return line;
  return h('div', {}, line, h('div', { class: 'banner-detail muted small', text: options.detail }));
}

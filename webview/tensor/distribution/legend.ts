import { h } from '../../elements/dom.ts';
import { t } from '../../strings.ts';
import type { WhatIf } from '../subject/whatIfView.ts';
import type { Distribution } from './distribution.ts';

/** Names the two series and the quantile markers; form tells them apart as well as colour. A packed checkpoint has no original. */
export function createDistributionLegend(isPacked: boolean): {
  readonly element: HTMLElement;
  draw(distribution: Distribution | null, whatIf: WhatIf): void;
} {
  const entry = (kind: string, text: string): HTMLElement =>
    h(
      'span',
      { class: 'legend-entry' },
      h('span', { class: `legend-mark legend-${kind}`, attributes: { 'aria-hidden': true } }),
      text,
    );
  const original = entry('original', t(isPacked ? 'preview.dequantized' : 'preview.original'));
  const decoded = entry('dequantized', t('preview.dequantized'));
  const quantile = entry('quantile', t('tensor.quantile'));
  const element = h('div', { class: 'legend muted small' }, original, decoded, quantile);
  return {
    element,
    draw(distribution, { isOld }) {
      element.hidden = distribution === null;
      decoded.hidden = !distribution?.decoded;
      decoded.classList.toggle('old', isOld);
    },
  };
}

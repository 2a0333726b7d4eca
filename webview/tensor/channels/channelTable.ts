import { h } from '../../elements/dom.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import type { ChannelRangesView } from './channelRanges.ts';

/** More rows than this are cut: a table of 100,000 rows would stop the page. */
const MOST_ROWS = 2000;

/** The channels in figures, in the order of the chart. */
export function createChannelTable(view: ChannelRangesView, order: Uint32Array): HTMLElement {
  const outliers = new Set(view.outliers);
  const body = h('tbody');
  for (const channel of order.subarray(0, MOST_ROWS)) {
    const cells = [
      fig.count(channel),
      fig.value(view.min[channel] ?? null),
      fig.value(view.low?.[channel] ?? null),
      fig.value(view.high?.[channel] ?? null),
      fig.value(view.max[channel] ?? null),
      outliers.has(channel) ? t('tensor.outlier') : '',
    ];
    body.append(h('tr', {}, ...cells.map((text) => h('td', { text }))));
  }
  const titles = [t('tensor.channel'), t('preview.min'), '1%', '99%', t('preview.max'), t('tensor.outlierTitle')];
  const head = h('tr', {}, ...titles.map((text) => h('th', { text, attributes: { scope: 'col' } })));
  const args = { shown: fig.count(Math.min(order.length, MOST_ROWS)), total: fig.count(order.length) };
  const caption = h('caption', { class: 'muted', text: t('tensor.channelsShown', args) });
  return h('table', { class: 'count-table small', tabIndex: 0 }, caption, h('thead', {}, head), body);
}

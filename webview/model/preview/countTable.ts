import { binEdge } from '../../../src/core/stats/histogram.ts';
import { h } from '../../elements/dom.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import type { PreviewData } from './previewData.ts';

/** The histogram in figures, for those who cannot see the chart. */
export function createCountTable({
  original,
  decoded,
  below,
  above,
}: Pick<PreviewData, 'original' | 'decoded' | 'below' | 'above'>): HTMLElement {
  const body = h('tbody');
  const bins = original?.counts.length ?? 0;
  for (let bin = 0; bin < bins && original; bin += 1) {
    const edge = (at: number): string => fig.value(binEdge(original.low, original.high, bins, at), 4);
    const row = h('tr', {}, cell(edge(bin)), cell(edge(bin + 1)), cell(fig.count(original.counts[bin] ?? 0)));
    if (decoded) row.append(cell(fig.count(decoded.counts[bin] ?? 0)));
    body.append(row);
  }
  const titles = [
    t('preview.from'),
    t('preview.to'),
    t('preview.original'),
    ...(decoded ? [t('preview.dequantized')] : []),
  ];
  const head = h('thead', {}, h('tr', {}, ...titles.map((text) => h('th', { text, attributes: { scope: 'col' } }))));
  const outside = t('preview.outside', { below: fig.count(below), above: fig.count(above) });
  return h(
    'table',
    { class: 'count-table small', tabIndex: 0 },
    h('caption', { class: 'muted', text: outside }),
    head,
    body,
  );
}

function cell(text: string): HTMLElement {
  return h('td', { text });
}

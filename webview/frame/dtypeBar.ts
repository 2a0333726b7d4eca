import type { ModelView } from '../../src/protocol/page.ts';
import { h } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import { t } from '../strings.ts';

/** Theme colour of a dtype in the bar; the text beside it carries the meaning. */
const DTYPE_COLOURS: Readonly<Record<string, string>> = {
  BF16: 'var(--vscode-charts-blue)',
  F16: 'var(--vscode-charts-green)',
  F32: 'var(--vscode-charts-yellow)',
  F64: 'var(--vscode-charts-red)',
  F8_E4M3: 'var(--vscode-charts-orange)',
  F8_E5M2: 'var(--vscode-charts-orange)',
};
const OTHER_COLOUR = 'var(--vscode-charts-purple)';

/** Dtypes named beside the bar; the rest is in its description. */
const NAMED_DTYPES = 3;

/** Share of the file's bytes by dtype, largest first. */
export function createDtypeBar(dtypes: ModelView['dtypes']): HTMLElement {
  const total = dtypes.reduce((sum, { bytes }) => sum + bytes, 0);
  const shares = dtypes
    .filter(({ bytes }) => bytes > 0)
    .map(({ dtype, bytes }) => ({ dtype, share: bytes / total, colour: DTYPE_COLOURS[dtype] ?? OTHER_COLOUR }))
    .sort((a, b) => b.share - a.share);
  const text = (entry: (typeof shares)[number]): string => `${entry.dtype} ${fig.percent(entry.share)}`;
  const bar = h('div', { class: 'dtype-bar', attributes: { 'aria-hidden': true } });
  for (const entry of shares) {
    bar.append(h('span', { class: 'dtype-share', vars: { '--share': String(entry.share), '--colour': entry.colour } }));
  }
  const names = h('div', { class: 'dtype-names' });
  for (const entry of shares.slice(0, NAMED_DTYPES)) {
    const swatch = h('span', {
      class: 'swatch',
      vars: { '--colour': entry.colour },
      attributes: { 'aria-hidden': true },
    });
    names.append(h('span', { class: 'dtype-name' }, swatch, text(entry)));
  }
  if (shares.length > NAMED_DTYPES) names.append(h('span', { text: `+${shares.length - NAMED_DTYPES}` }));
  return h(
    'div',
    { class: 'header-dtypes', title: t('header.dtypes', { list: shares.map(text).join(', ') }) },
    bar,
    names,
  );
}

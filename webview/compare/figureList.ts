import type { Figures } from '../../src/core/metrics/figures.ts';
import { MISSING } from '../../src/core/text/figureText.ts';
import { h } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import { hasString, t } from '../strings.ts';
import type { CompareRow } from './compareRow.ts';

/** Figures that stand in the table's own columns, or say something else than an error. */
const ELSEWHERE: readonly string[] = ['count', 'meanSquaredError', 'maxError', 'sqnrDb', 'cosine', 'exact'];

/** Every other figure of one row, by name: whatever is measured is shown. */
export function createFigureList(): { readonly element: HTMLElement; draw(row: CompareRow | null): void } {
  const element = h('dl', { class: 'figure-list small', hidden: true });
  return {
    element,
    draw(row) {
      const entries = row?.figures ? entriesOf(row.figures) : [];
      element.hidden = entries.length === 0;
      element.setAttribute('aria-label', t('figures.of', { name: row ? `${row.letter} ${row.name}` : '' }));
      element.replaceChildren(
        ...entries.map(([name, text]) => h('div', {}, h('dt', { class: 'muted', text: name }), h('dd', { text }))),
      );
    },
  };
}

function entriesOf(figures: Figures): (readonly [name: string, text: string])[] {
  return Object.entries(figures).flatMap(([key, value]: readonly [string, unknown]) => {
    const name = `figures.${key}`;
    if (ELSEWHERE.includes(key) || value === null || !hasString(name)) return [];
    const text = textOf(key, value);
    return text === MISSING ? [] : [[t(name), text] as const];
  });
}

function textOf(key: string, value: unknown): string {
  if (typeof value !== 'number') return MISSING;
  if (key.endsWith('Share')) return fig.percent(value, 2);
  if (key.endsWith('Db')) return `${fig.decimals(value, 2)} dB`;
  if (key === 'codeEntropy') return t('figures.entropyBits', { bits: fig.decimals(value, 2) });
  return Number.isInteger(value) ? fig.count(value) : fig.scientific(value, 3);
}

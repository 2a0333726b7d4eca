import type { TensorSummary } from '../../../src/core/stats/summary.ts';
import type { TensorRow } from '../../../src/protocol/page.ts';
import { h } from '../../elements/dom.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import type { OpenTensor } from '../subject/openTensor.ts';

/** The line of facts: shape, dtype and size from the header; moments from the scan, skeletons until they are there. */
export function createFacts(): { readonly element: HTMLElement; draw(open: OpenTensor): void } {
  const element = h('dl', { class: 'tensor-facts', attributes: { 'aria-label': t('tensor.facts') } });
  return {
    element,
    draw({ row, summary, status }) {
      element.replaceChildren(...(row ? [...headerFacts(row), ...momentFacts(summary, status === 'reading')] : []));
    },
  };
}

function headerFacts(row: TensorRow): HTMLElement[] {
  const order = row.shape.length === 2 ? t(row.axis === 0 ? 'tensor.outIn' : 'tensor.inOut') : '';
  return [
    fact(t('table.shape'), fig.shape(row.shape), { after: order, isNamed: false }),
    fact(t('table.dtype'), row.packing === null ? row.dtype : `${row.packing}`, { isNamed: false }),
    fact(t('table.size'), fig.bytes(row.storedBytes), { title: fig.exactBytes(row.storedBytes), isNamed: false }),
  ];
}

function momentFacts(summary: TensorSummary | null, isReading: boolean): HTMLElement[] {
  const sampled = (text: string): string => (summary?.sampled ? fig.estimated(text) : text);
  const figure = (value: number | null | undefined, digits = 4): string => sampled(fig.value(value ?? null, digits));
  const facts: readonly (readonly [string, string])[] = [
    [t('preview.min'), figure(summary?.min)],
    [t('preview.max'), figure(summary?.max)],
    [t('tensor.mean'), figure(summary?.mean, 3)],
    [t('preview.sigma'), figure(summary?.standardDeviation)],
    [t('preview.kurtosis'), sampled(fig.decimals(summary?.kurtosis ?? null, 1))],
    [t('tensor.zeros'), sampled(fig.count(summary?.zeros ?? null))],
    [t('tensor.nonFinite'), sampled(nonFiniteText(summary))],
  ];
  return facts.map(([name, text]) => fact(name, text, { isPending: !summary && isReading }));
}

/** NaN and infinities apart where there are any. */
function nonFiniteText(summary: TensorSummary | null): string {
  if (!summary) return fig.count(null);
  const { nans, infinities } = summary;
  return nans + infinities === 0 ? fig.count(0) : `${fig.count(nans)}, ${fig.count(infinities)}`;
}

interface FactOptions {
  readonly after?: string;
  readonly title?: string;
  /** False where the value says what it is: the name is for screen readers only. */
  readonly isNamed?: boolean;
  readonly isPending?: boolean;
}

function fact(name: string, text: string, { after, title, isNamed = true, isPending }: FactOptions): HTMLElement {
  const value = isPending ? h('dd', {}, h('span', { class: 'skeleton fact-skeleton' })) : h('dd', { text });
  if (after) value.append(' ', h('span', { class: 'muted', text: after }));
  return h(
    'div',
    { class: 'tensor-fact', ...(title ? { title } : {}) },
    h('dt', { class: isNamed ? 'muted' : 'visually-hidden', text: name }),
    ' ',
    value,
  );
}

import { MISSING } from '../../src/core/text/figureText.ts';
import type { MeasuredTensor } from '../../src/protocol/documents.ts';
import { h, setText } from '../elements/dom.ts';
import { fig, splitUnit } from '../figures.ts';
import type { MeasureView } from '../measure.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { outlierColumnsText } from './outlierColumns.ts';

/** A labelled figure: large value, unit, small words after it. */
export interface Total {
  readonly element: HTMLElement;
  set(value: string, unit: string, small: string, title?: string): void;
}

export function createTotal(label: string): Total {
  const value = h('span', { class: 'total-value' });
  const unit = h('span', { class: 'muted small' });
  const small = h('span', { class: 'muted small' });
  const line = h('dd', { class: 'total-line' }, value, unit, small);
  return {
    element: h('div', { class: 'total' }, h('dt', { class: 'field-label', text: label }), line),
    set(text, unitText, smallText, title = '') {
      setText(value, text);
      setText(unit, unitText);
      setText(small, smallText);
      line.title = title;
    },
  };
}

/** The Model page's live totals: file size, bits per weight, SQNR; over quantized tensors large, over all small. */
export function createModelTotals(store: Store): { element: HTMLElement; dispose: () => void } {
  const size = createTotal(t('totals.fileSize'));
  const bits = createTotal(t('totals.bits'));
  const sqnr = createTotal(t('totals.sqnr'));
  const element = h('dl', { class: 'totals' }, size.element, bits.element, sqnr.element);
  const dispose = store.measure.view.follow((view) => {
    drawSize(size, view, store.model.storedBytes);
    const all = t('totals.all', { value: fig.bits(view.sizes?.allBitsPerWeight ?? null) });
    const columns = outlierColumnsText(freshFigures(view));
    const small = [view.sizes ? all : '', columns].filter((words) => words !== '').join(' · ');
    bits.set(fig.bits(view.sizes?.quantizedBitsPerWeight ?? null), '', small);
    drawSqnr(sqnr, view);
  });
  return { element, dispose };
}

/** Figures of the present quantizer alone. */
function freshFigures({ figures, fresh }: MeasureView): MeasuredTensor[] {
  return [...figures.values()].filter(({ name }) => fresh.has(name));
}

function drawSize(total: Total, view: MeasureView, originalBytes: number): void {
  if (!view.sizes) {
    total.set(MISSING, '', '');
    return;
  }
  const { storedBytes } = view.sizes;
  const [value, unit] = splitUnit(fig.bytes(storedBytes));
  const title = t('totals.exactBytes', { bytes: fig.count(storedBytes), original: fig.count(originalBytes) });
  total.set(value, unit, fig.change(originalBytes, storedBytes), title);
}

function drawSqnr(total: Total, { totals, status, done, total: count }: MeasureView): void {
  if (!totals) {
    const isUnderWay = status === 'waiting' || status === 'running';
    const args = { done: fig.count(done), total: fig.count(count) };
    total.set(MISSING, 'dB', isUnderWay ? t('totals.measured', args) : '');
  } else {
    const unit = totals.quantized.exact ? '' : 'dB';
    total.set(fig.decibels(totals.quantized), unit, t('totals.all', { value: fig.decibels(totals.all) }));
  }
}

import { SPARKLINE_BINS } from '../../../src/core/stats/summary.ts';
import { MISSING } from '../../../src/core/text/figureText.ts';
import { h, setAttribute, setText } from '../../elements/dom.ts';
import type { VirtualRow } from '../../elements/virtualRows.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import { type MetricId, tensorValue } from '../metrics.ts';
import { tableText } from '../metricText.ts';
import type { Column } from './columns.ts';
import type { ListedTensor } from './listed.ts';
import type { RowContext } from './rowContext.ts';
import { createSparkline } from './sparkline.ts';

export const rowId = (index: number): string => `tensor-row-${index}`;

/** A line of the table; `bind` shows another tensor in it. */
export function createRowView(context: () => RowContext): VirtualRow {
  const element = h('div', { class: 'table-row', role: 'row' });
  const cells = context().columns.map((column) => createCell(column));
  element.append(...cells.map((cell) => cell.element));
  return {
    element,
    bind(index) {
      const { at, isSelected, isActive } = context();
      const entry = at(index);
      if (!entry) return;
      element.id = rowId(index);
      element.dataset.index = String(index);
      element.classList.toggle('table-odd', index % 2 === 1);
      element.classList.toggle('table-active', isActive(index));
      element.classList.toggle('table-missing', entry.missingFile !== null);
      // The header is row 1.
      setAttribute(element, 'aria-rowindex', index + 2);
      setAttribute(element, 'aria-selected', isSelected(entry.name));
      element.title = hintOf(entry);
      for (const cell of cells) cell.bind(context(), entry);
    },
  };
}

function hintOf({ name, row, missingFile }: ListedTensor): string {
  const notes = [
    name,
    row?.packing ?? null,
    row?.kindAssumed ? t('table.assumed', { kind: row.kind }) : null,
    missingFile === null ? null : t('table.missingIn', { file: missingFile }),
  ];
  return notes.filter((note) => note !== null).join('\n');
}

interface Cell {
  readonly element: HTMLElement;
  bind(context: RowContext, entry: ListedTensor): void;
}

function createCell(column: Column): Cell {
  if (column.id === 'histogram') return createSparklineCell();
  const element = h('span', { class: column.isNumber ? 'table-cell table-number' : 'table-cell', role: 'gridcell' });
  if (column.id === 'name') return createNameCell(element);
  if (column.id === 'shape' || column.id === 'dtype') {
    return {
      element,
      bind: (_, { row }) =>
        setText(element, row ? (column.id === 'shape' ? fig.shape(row.shape) : row.dtype) : MISSING),
    };
  }
  return createFigureCell(element, column.id);
}

function createNameCell(element: HTMLElement): Cell {
  const head = h('span', { class: 'table-name-head' });
  const tail = h('span', { class: 'table-name-tail' });
  const mark = h('span', { class: 'table-mark', text: t('table.missing') });
  element.append(h('span', { class: 'table-name-text' }, head, tail), mark);
  element.classList.add('table-name');
  return {
    element,
    bind({ store }, { name, missingFile }) {
      const short = store.shortName(name);
      const [stack, rest] = splitName(short);
      // The parts are apart only for the eye.
      setAttribute(element, 'aria-label', missingFile === null ? short : `${short}, ${t('table.missing')}`);
      setText(head, stack);
      setText(tail, rest);
      mark.hidden = missingFile === null;
    },
  };
}

/** A name gives way at its front, where names of a model are alike: the layer and its role stay readable. */
function splitName(name: string): readonly [head: string, tail: string] {
  const layer = /(?:^|\.)\d+\./.exec(name);
  const start = layer ? layer.index + (layer[0].startsWith('.') ? 1 : 0) : 0;
  return [name.slice(0, start), name.slice(start)];
}

function createFigureCell(element: HTMLElement, id: MetricId): Cell {
  const text = h('span');
  const skeleton = h('span', { class: 'skeleton table-skeleton' });
  element.append(text, skeleton);
  return {
    element,
    bind({ store, errorDecimals }, { row }) {
      const value = row ? tensorValue(store, id, row.name) : null;
      const isPending = value?.isPending === true;
      setText(text, value && !isPending ? tableText(id, value, errorDecimals) : isPending ? '' : MISSING);
      skeleton.hidden = !isPending;
      element.classList.toggle('table-old', value?.isOld === true);
    },
  };
}

function createSparklineCell(): Cell {
  const sparkline = createSparkline(SPARKLINE_BINS);
  const skeleton = h('span', { class: 'skeleton' });
  const element = h('span', { class: 'table-cell table-histogram', role: 'gridcell' }, sparkline.element, skeleton);
  return {
    element,
    bind({ store }, { name, row }) {
      const summary = store.summaries.get(name) ?? null;
      sparkline.set(summary);
      setAttribute(sparkline.element, 'hidden', summary === null ? '' : null);
      skeleton.hidden = summary !== null || row === null || store.scan.get().status !== 'running';
    },
  };
}

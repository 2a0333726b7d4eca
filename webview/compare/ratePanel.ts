import type { Cell } from '../cell.ts';
import { createChartCanvas } from '../charts/canvas.ts';
import { createRedraw } from '../charts/redraw.ts';
import { Disposables } from '../disposables.ts';
import { h } from '../elements/dom.ts';
import { createMenuButton } from '../elements/menuButton.ts';
import { createTableSwitch } from '../elements/tableSwitch.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { type CompareRow, placesOf } from './compareRow.ts';
import type { Comparison } from './comparison.ts';
import { drawRate, frontOf, type NamedPoint } from './drawRate.ts';
import { shortQuantizerName } from './quantizerName.ts';
import { type ComparisonFile, saveComparison } from './saving/saveComparison.ts';

/** Rate and distortion of the compared quantizers, with the letters of the table. */
export function createRatePanel(
  store: Store,
  view: Cell<Comparison>,
  subject: () => string,
): {
  readonly element: HTMLElement;
  setVisible(isVisible: boolean): void;
  dispose(): void;
} {
  const owned = new Disposables();
  let points: readonly NamedPoint[] = [];
  const chart = createChartCanvas('panel-chart', (surface) => {
    if (points.length > 0) drawRate(surface, points);
  });
  const holder = h('div', { class: 'chart-holder' }, chart.element);
  const tableSwitch = createTableSwitch(
    () => draw(),
    () => createRateTable(points),
  );
  const message = h('div', { class: 'panel-message muted', text: t('rate.none') });
  const legend = h(
    'div',
    { class: 'legend muted small' },
    entry('front', t('rate.front')),
    entry('dominated', t('rate.dominated')),
  );
  const save = (kind: ComparisonFile): void => {
    void saveComparison(store, kind, { subject: subject(), rows: view.get().rows, points });
  };
  const exporter = createMenuButton('save-as', t('rate.export'), [
    { text: t('tensor.exportSvg'), run: () => save('svg') },
    { text: t('tensor.exportPng'), run: () => save('png') },
    { text: t('tensor.exportCsv'), run: () => save('csv') },
  ]);
  const draw = createRedraw(() => {
    points = pointsOf(view.get().rows);
    const hasPoints = points.length > 0;
    tableSwitch.draw(hasPoints);
    exporter.setDisabled(!hasPoints);
    holder.hidden = !hasPoints || tableSwitch.isTable();
    legend.hidden = !hasPoints;
    message.hidden = hasPoints;
    chart.describe(hasPoints ? describe(points) : '');
    chart.redraw();
  });
  owned.add(chart.dispose, draw.dispose, view.subscribe(draw), exporter.dispose);
  draw();
  const element = h(
    'section',
    { class: 'tensor-panel rate', attributes: { 'aria-label': t('rate.title') } },
    h(
      'div',
      { class: 'panel-head' },
      h('h2', { text: t('rate.title') }),
      legend,
      h('div', { class: 'panel-tools' }, exporter.element, tableSwitch.button),
    ),
    holder,
    tableSwitch.element,
    message,
  );
  return { element, setVisible: draw.setVisible, dispose: owned.dispose };
}

function entry(kind: string, text: string): HTMLElement {
  return h(
    'span',
    { class: 'legend-entry' },
    h('span', { class: `legend-dot legend-${kind}`, attributes: { 'aria-hidden': true } }),
    text,
  );
}

/** Rows with both figures; a quantizer without error has no place on an axis of decibels. */
function pointsOf(rows: readonly CompareRow[]): NamedPoint[] {
  const places = placesOf(rows);
  return rows.flatMap(({ letter, spec, name, figures, bitsPerWeight }, at) => {
    if (bitsPerWeight === null || figures?.sqnrDb == null) return [];
    const isDominated = places[at] === 'dominated';
    const words = spec ? shortQuantizerName(spec) : name;
    return [{ letter, bits: bitsPerWeight, sqnrDb: figures.sqnrDb, name: words, isDominated }];
  });
}

/** One sentence for screen readers. */
function describe(points: readonly NamedPoint[]): string {
  const front = frontOf(points).map(({ letter }) => letter);
  return t('rate.summary', { count: fig.count(points.length), front: front.join(', ') });
}

function createRateTable(points: readonly NamedPoint[]): HTMLElement {
  const titles = [t('compare.letter'), t('compare.quantizer'), t('totals.bits'), t('table.sqnr'), t('rate.kind')];
  const head = h('tr', {}, ...titles.map((text) => h('th', { text, attributes: { scope: 'col' } })));
  const rows = [...points]
    .sort((a, b) => a.bits - b.bits)
    .map((point) => {
      const kind = t(point.isDominated ? 'rate.dominated' : 'rate.front');
      const cells = [point.letter, point.name, fig.bits(point.bits), fig.decimals(point.sqnrDb, 2), kind];
      return h('tr', {}, ...cells.map((text) => h('td', { text })));
    });
  return h('table', { class: 'count-table small', tabIndex: 0 }, h('thead', {}, head), h('tbody', {}, ...rows));
}

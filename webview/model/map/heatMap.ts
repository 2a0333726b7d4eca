import { createRedraw } from '../../charts/redraw.ts';
import { onThemeChange } from '../../charts/theme.ts';
import { Disposables } from '../../disposables.ts';
import { h } from '../../elements/dom.ts';
import { createHoverCard } from '../../elements/hoverCard.ts';
import { createTextMeasure } from '../../elements/textWidth.ts';
import { createStatePage } from '../../states/statePage.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import { type Metric, shownMetric } from '../metrics.ts';
import { createCellCard } from './cellCard.ts';
import { type CellStyle, type CellView, cellValue, drawCell, isKept } from './cellView.ts';
import { rangeOf, readableTexts, type ScaleRange } from './colourScale.ts';
import { createGrid, type MapGrid } from './grid.ts';
import { layOut, type MapLayout } from './layout.ts';
import { createLegend } from './legend.ts';
import { createMapTools } from './mapTools.ts';
import { steerGrid } from './steerGrid.ts';

export interface HeatMap {
  readonly element: HTMLElement;
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

/** Row names, gap and padding of the map, px. */
const MAP_EDGES = 66;
const LEAST_CELL = 46;
/** Column names are this much smaller than the page's text. */
const LABEL_SCALE = 0.85;
const LABEL_EDGES = 3;

/** The heat map, layers by roles: every value printed, hover and focus open a card, Space selects, Enter opens. */
export function createHeatMap(store: Store, open: (name: string) => void): HeatMap {
  const owned = new Disposables();
  const holder = h('div', { class: 'map-holder' });
  const legend = createLegend();
  const element = h('section', { class: 'map', attributes: { 'aria-label': t('map.title') } });
  const card = createHoverCard(element);
  let grid: MapGrid | null = null;
  let stopSteering = (): void => {};
  let shown: ScaleRange | null = null;

  const redraw = createRedraw(() => {
    if (grid) shown = drawGrid(store, grid, legend.draw);
  });
  const tools = createMapTools(store, () => shown);
  const rebuild = (): void => {
    stopSteering();
    card.hide();
    const layout = layOut(store.model.tensors, store.choices.get().stack ?? store.model.stacks[0] ?? null);
    grid = createGrid(layout);
    element.style.setProperty('--wanted-width', `${wantedWidth(layout)}px`);
    const note = layout.layers.length === 0 ? createStatePage(t('map.noLayers'), t('map.noLayersWhy')) : null;
    holder.replaceChildren(...(note ? [note] : []), ...(grid.rows.length > 0 ? [grid.element] : []));
    legend.element.hidden = grid.rows.length === 0;
    stopSteering = steerGrid(grid, {
      card,
      content: (cell) => createCellCard(store, cell),
      select: (cell) => store.select(cell.names),
      clear: () => store.select([]),
      open,
    });
    redraw();
  };
  element.prepend(tools.element, holder, legend.element);
  owned.add(
    tools.dispose,
    () => stopSteering(),
    redraw.dispose,
    onThemeChange(redraw),
    store.measure.view.subscribe(redraw),
    store.summaries.subscribe(redraw),
    store.scan.subscribe(redraw),
    store.selection.subscribe(redraw),
    store.choices.subscribe((next, before) => (next.stack === before.stack ? redraw() : rebuild())),
  );
  rebuild();
  return { element, setVisible: redraw.setVisible, dispose: owned.dispose };
}

/** Draws every cell and the legend. @returns the range shown */
function drawGrid(
  store: Store,
  grid: MapGrid,
  drawLegend: (metric: Metric, range: ScaleRange | null) => void,
): ScaleRange | null {
  const { colourRange } = store.choices.get();
  const metric = shownMetric(store);
  const values = new Map(grid.rows.flat().map((cell) => [cell, cellValue(store, metric, cell)]));
  const counted = grid.tensorCells.filter((cell) => !(metric.isMeasured && isKept(store, cell)));
  const known = counted.filter((cell) => values.get(cell)?.value != null);
  const range = colourRange ?? rangeOf(known.map((cell) => values.get(cell)?.value ?? 0));
  const style: CellStyle = {
    metric,
    range,
    textColour: readableTexts(metric),
    selected: new Set(store.selection.get()),
    strongest: strongestOf(known, (cell) => values.get(cell)?.value ?? 0, metric),
  };
  grid.element.dataset.scale = metric.scale;
  for (const [cell, value] of values) drawCell(store, cell, value, style);
  drawLegend(metric, range);
  return range;
}

function strongestOf(
  cells: readonly CellView[],
  value: (cell: CellView) => number,
  metric: Metric,
): CellStyle['strongest'] {
  const [first] = cells;
  if (!first) return null;
  const sign = metric.strong === 'low' ? 1 : -1;
  const best = cells.reduce((a, b) => (sign * value(b) < sign * value(a) ? b : a), first);
  return { element: best.element, count: cells.length };
}

/** Room that the columns want, so that their names can be read; the style sheet bounds it. */
function wantedWidth({ columns }: MapLayout): number {
  const measure = createTextMeasure(LABEL_SCALE);
  const label = Math.max(LEAST_CELL, ...columns.map((column) => measure(column.short) + LABEL_EDGES));
  return Math.ceil(MAP_EDGES + (columns.length + 1) * label);
}

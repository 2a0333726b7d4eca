import type { TensorRange } from '../../../src/core/quantizers/tensorSearch.ts';
import type { Cell } from '../../cell.ts';
import { linearScale } from '../../charts/axis.ts';
import { createChartCanvas } from '../../charts/canvas.ts';
import { createRedraw } from '../../charts/redraw.ts';
import { Disposables } from '../../disposables.ts';
import { h, setText } from '../../elements/dom.ts';
import { createSegments } from '../../elements/segments.ts';
import { createTableSwitch } from '../../elements/tableSwitch.ts';
import { fig } from '../../figures.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import { createReadout } from '../readout.ts';
import type { OpenTensor } from '../subject/openTensor.ts';
import type { WhatIf } from '../subject/whatIfView.ts';
import { createChannelQuantiles } from './channelQuantiles.ts';
import { type ChannelRangesView, channelOrder, channelRangesOf, OUTLIER_FACTOR } from './channelRanges.ts';
import { createChannelTable } from './channelTable.ts';
import { channelPlot, drawChannels } from './drawChannels.ts';

export interface ChannelPanel {
  readonly element: HTMLElement;
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

/** Ranges of the channels of the open tensor. */
export function createChannelPanel(store: Store, open: Cell<OpenTensor>, whatIf: Cell<WhatIf>): ChannelPanel {
  const owned = new Disposables();
  const { quantiles, dispose } = createChannelQuantiles(store, open);
  let view: ChannelRangesView | null = null;
  let order: Uint32Array = new Uint32Array(0);
  const chart = createChartCanvas('panel-chart', (surface) => {
    if (view) drawChannels(surface, view, order, clipOf(whatIf.get()));
  });
  const readout = createReadout(chart.element, (x, y) => view && linesAt(chart.element, view, order, x, y));
  const by = createSegments(
    t('tensor.channelOrder'),
    [
      { value: 'index', text: t('tensor.byIndex') },
      { value: 'range', text: t('tensor.byRange') },
    ],
    (channelOrder) => store.choose({ channelOrder }),
  );
  const legend = createLegend();
  const message = h('div', { class: 'panel-message muted' });
  const holder = h('div', { class: 'chart-holder' }, chart.element, readout.element);
  const tableSwitch = createTableSwitch(
    () => draw(),
    () => view && createChannelTable(view, order),
  );
  const draw = createRedraw(() => {
    view = channelRangesOf(open.get().channels, quantiles.get());
    const { channelOrder: chosen } = store.choices.get();
    order = view ? channelOrder(view, chosen) : order;
    by.set(chosen);
    legend.draw(view);
    tableSwitch.draw(view !== null);
    by.element.hidden = view === null;
    holder.hidden = view === null || tableSwitch.isTable();
    message.hidden = view !== null;
    setText(message, t(open.get().status === 'reading' ? 'preview.pending' : 'tensor.noChannels'));
    chart.describe(view ? describe(view) : '');
    chart.redraw();
  });
  owned.add(
    dispose,
    chart.dispose,
    readout.dispose,
    draw.dispose,
    open.subscribe(draw),
    quantiles.subscribe(draw),
    whatIf.subscribe((next, before) => {
      if (clipOf(next) !== clipOf(before)) chart.redraw();
    }),
    store.choices.subscribe((next, before) => {
      if (next.channelOrder !== before.channelOrder) draw();
    }),
  );
  draw();
  const tools = h('div', { class: 'panel-tools' }, by.element, tableSwitch.button);
  const element = h(
    'section',
    { class: 'tensor-panel channels', attributes: { 'aria-label': t('tensor.channels') } },
    h('div', { class: 'panel-head' }, h('h2', { text: t('tensor.channels') }), legend.element, tools),
    holder,
    tableSwitch.element,
    message,
  );
  return { element, setVisible: draw.setVisible, dispose: owned.dispose };
}

/** The interval of a clip of the whole tensor; null where nothing is clipped. */
function clipOf({ quantizer, search }: WhatIf): TensorRange | null {
  const isClipped = quantizer?.family === 'affine' && quantizer.clip !== undefined;
  return isClipped && search?.kind === 'range' ? search : null;
}

function createLegend(): { readonly element: HTMLElement; draw(view: ChannelRangesView | null): void } {
  const entry = (kind: string, text: string): HTMLElement => {
    const mark = h('span', { class: `legend-mark ${kind}`, attributes: { 'aria-hidden': true } });
    return h('span', { class: 'legend-entry' }, mark, h('span', { text }));
  };
  const inner = entry('legend-original', t('tensor.inner'));
  const outliers = entry('legend-outlier', '');
  const element = h(
    'div',
    { class: 'legend muted small' },
    entry('legend-outer', t('tensor.minToMax')),
    inner,
    outliers,
  );
  return {
    element,
    draw(view) {
      element.hidden = view === null;
      inner.hidden = !view?.low;
      outliers.hidden = !view || view.outliers.length === 0;
      setText(outliers.lastElementChild ?? outliers, outlierText(view?.outliers.length ?? 0));
    },
  };
}

function outlierText(count: number): string {
  const args = { count: fig.count(count), factor: OUTLIER_FACTOR };
  return t(count === 1 ? 'tensor.oneOutlier' : 'tensor.outliers', args);
}

/** One sentence for screen readers. */
function describe(view: ChannelRangesView): string {
  const args = { count: fig.count(view.min.length), median: fig.value(view.median, 3) };
  const text = t('tensor.channelSummary', args);
  if (view.outliers.length === 0) return `${text} ${t('tensor.noOutliers', { factor: OUTLIER_FACTOR })}`;
  const list = view.outliers.slice(0, 10).map((at) => fig.count(at));
  return `${text} ${outlierText(view.outliers.length)}: ${list.join(', ')}.`;
}

function linesAt(
  canvas: HTMLCanvasElement,
  view: ChannelRangesView,
  order: Uint32Array,
  x: number,
  y: number,
): string[] | null {
  const plot = channelPlot({ width: canvas.clientWidth, height: canvas.clientHeight });
  if (x < plot.left || x >= plot.right || y < plot.top || y > plot.bottom) return null;
  const channel = order[Math.floor(linearScale(0, order.length, plot.left, plot.right).toValue(x))];
  if (channel === undefined) return null;
  const range = (low: number | undefined, high: number | undefined): { low: string; high: string } => ({
    low: fig.value(low ?? null),
    high: fig.value(high ?? null),
  });
  const lines = [
    t('tensor.channelAt', { index: fig.count(channel) }),
    t('tensor.binRange', range(view.min[channel], view.max[channel])),
  ];
  if (view.low && view.high) lines.push(t('tensor.innerAt', range(view.low[channel], view.high[channel])));
  return lines;
}

import type { PageChoices } from '../../../src/protocol/page.ts';
import type { Cell } from '../../cell.ts';
import type { Plot } from '../../charts/axis.ts';
import { createChartCanvas } from '../../charts/canvas.ts';
import { createRedraw } from '../../charts/redraw.ts';
import type { ShownRange } from '../../charts/shownRange.ts';
import { Disposables } from '../../disposables.ts';
import { h, setText } from '../../elements/dom.ts';
import { iconButton } from '../../elements/iconButton.ts';
import type { createMenuButton } from '../../elements/menuButton.ts';
import { createSegments } from '../../elements/segments.ts';
import { createTableSwitch } from '../../elements/tableSwitch.ts';
import { fig } from '../../figures.ts';
import { createCountTable } from '../../model/preview/countTable.ts';
import { changeSpec } from '../../quantizer/specs.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import { createDropdown } from '../../toolkit.ts';
import { createClipHandles } from '../clip/clipHandles.ts';
import { clipViewOf } from '../clip/clipView.ts';
import type { OpenTensor } from '../subject/openTensor.ts';
import type { WhatIf } from '../subject/whatIfView.ts';
import { createBinReadout } from './binReadout.ts';
import { codeCountsOf, createCodeStrip } from './codeStrip.ts';
import { type Distribution, distributionOf, fullRange } from './distribution.ts';
import { drawDistribution, plotOf } from './drawDistribution.ts';
import { createDistributionLegend } from './legend.ts';
import { createRangeStrip } from './rangeStrip.ts';

const BIN_COUNTS = [60, 100, 150, 240, 480];

export interface DistributionPanel {
  readonly element: HTMLElement;
  /** What is to be drawn of the present tensor; null where there is nothing. */
  current(): Distribution | null;
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

export interface DistributionSource {
  readonly open: Cell<OpenTensor>;
  readonly whatIf: Cell<WhatIf>;
  readonly shown: Cell<ShownRange | null>;
  /** The button of *Export the histogram*. */
  readonly exporter: ReturnType<typeof createMenuButton>;
}

/** Histogram of the open tensor with what the quantizer makes of it, its tools, and the strip of the full range. */
export function createDistributionPanel(store: Store, source: DistributionSource): DistributionPanel {
  const owned = new Disposables();
  const { open, whatIf, shown } = source;
  let distribution: Distribution | null = null;
  let hovered: number | null = null;
  const present = (): Distribution | null => {
    const { table, summary } = open.get();
    return distributionOf(table, summary, whatIf.get(), shown.get(), store.choices.get().bins);
  };
  const chart = createChartCanvas('panel-chart', (surface) => {
    if (!distribution) return;
    const { isOld } = whatIf.get();
    const quantiles = open.get().summary?.quantiles ?? [];
    drawDistribution(surface, distribution, { isLog: store.choices.get().logScale, quantiles, hovered, isOld });
  });
  const readout = createBinReadout(
    chart.element,
    () => distribution,
    (bin) => {
      if (bin === hovered) return;
      hovered = bin;
      chart.redraw();
    },
  );
  const strip = createRangeStrip((range) => store.choose({ range }));
  const codes = createCodeStrip();
  const legend = createDistributionLegend(store.model.packedFormat !== null);
  const message = h('div', { class: 'panel-message muted', hidden: true });
  const tools = createTools(store, open, source.exporter);
  const tableSwitch = createTableSwitch(
    () => draw(),
    () => distribution && createCountTable(distribution),
  );
  const plotNow = (): Plot => {
    const { clientWidth: width, clientHeight: height } = chart.element;
    return plotOf({ width, height }, distribution?.levels != null);
  };
  const clip = createClipHandles(chart.element, plotNow, (text) => {
    store.choose({ spec: changeSpec(store.choices.get().spec, { clip: text }) });
  });
  const holder = h('div', { class: 'chart-holder' }, chart.element, clip.element, readout.element);
  const draw = createRedraw(() => {
    const { table, summary } = open.get();
    const choices = store.choices.get();
    distribution = present();
    const isChart = distribution !== null && !tableSwitch.isTable();
    tools.draw(choices, distribution !== null);
    legend.draw(distribution, whatIf.get());
    tableSwitch.draw(distribution !== null);
    holder.hidden = !isChart;
    strip.element.hidden = !isChart;
    if (isChart) strip.draw(summary, table, shown.get());
    codes.draw(isChart ? codeCountsOf(whatIf.get()) : null, choices.logScale);
    clip.draw(isChart ? clipViewOf(store, open.get(), whatIf.get(), shown.get()) : null);
    message.hidden = distribution !== null;
    setText(message, distribution ? '' : t(open.get().status === 'reading' ? 'preview.pending' : 'tensor.noTable'));
    chart.describe(distribution ? describe(open.get(), distribution) : '');
    chart.redraw();
  });
  owned.add(
    chart.dispose,
    readout.dispose,
    clip.dispose,
    codes.dispose,
    strip.dispose,
    draw.dispose,
    open.subscribe(draw),
    whatIf.subscribe(draw),
    shown.subscribe(draw),
    source.exporter.dispose,
    store.choices.subscribe((next, before) => {
      if (next.bins !== before.bins || next.logScale !== before.logScale || next.range !== before.range) draw();
    }),
  );
  draw();
  tools.element.append(tableSwitch.button);
  const element = h(
    'section',
    { class: 'tensor-panel distribution', attributes: { 'aria-label': t('preview.title') } },
    h('div', { class: 'panel-head' }, h('h2', { text: t('preview.title') }), legend.element, tools.element),
    holder,
    codes.element,
    strip.element,
    tableSwitch.element,
    message,
  );
  return { element, current: present, setVisible: draw.setVisible, dispose: owned.dispose };
}

function createTools(
  store: Store,
  open: Cell<OpenTensor>,
  exporter: DistributionSource['exporter'],
): { readonly element: HTMLElement; draw(choices: PageChoices, hasChart: boolean): void } {
  const scale = createSegments(
    t('tensor.countScale'),
    [
      { value: 'linear', text: t('tensor.linear') },
      { value: 'log', text: t('tensor.log') },
    ],
    (value) => store.choose({ logScale: value === 'log' }),
  );
  const bins = createDropdown(t('tensor.binCount'), (value) => store.choose({ bins: Number(value) }), {
    class: 'field-bins',
  });
  const fit = iconButton('screen-full', t('tensor.fit'), () => store.choose({ range: null }));
  const whole = iconButton('arrow-both', t('tensor.fullRange'), () => {
    const range = fullRange(open.get().summary);
    if (range) store.choose({ range });
  });
  const element = h('div', { class: 'panel-tools' }, scale.element, bins.element, fit, whole, exporter.element);
  return {
    element,
    draw(choices, hasChart) {
      element.classList.toggle('off', !hasChart);
      exporter.setDisabled(!hasChart);
      scale.set(choices.logScale ? 'log' : 'linear');
      const counts = [...new Set([...BIN_COUNTS, store.settings.histogramBins, choices.bins])].sort((a, b) => a - b);
      bins.setOptions(
        counts.map((count) => ({ value: String(count), text: t('tensor.bins', { count: fig.count(count) }) })),
        String(choices.bins),
      );
    },
  };
}

/** One sentence for screen readers. */
function describe({ name, summary }: OpenTensor, { range, original, decoded, towers }: Distribution): string {
  const args = {
    name: name ?? '',
    count: fig.count(Math.round(original.counts instanceof Float64Array ? sum(original.counts) : 0)),
    low: fig.value(range.low, 3),
    high: fig.value(range.high, 3),
  };
  const text = t('tensor.distributionSummary', { ...args, median: fig.value(summary?.quantiles[3] ?? null, 3) });
  if (towers) return `${text} ${t('tensor.summaryTowers', { count: fig.count(towers.values.length) })}`;
  return decoded ? `${text} ${t('preview.summaryDecoded')}` : text;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

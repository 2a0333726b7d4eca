import { type Cell, createCell } from '../cell.ts';
import { createRedraw } from '../charts/redraw.ts';
import { type ShownRange, shownRange } from '../charts/shownRange.ts';
import { createComparePanel } from '../compare/comparePanel.ts';
import { createComparer } from '../compare/comparison.ts';
import { createRatePanel } from '../compare/ratePanel.ts';
import { Disposables } from '../disposables.ts';
import { h, setText } from '../elements/dom.ts';
import { createMenuButton } from '../elements/menuButton.ts';
import type { MountedPage, PageAction, PageDefinition, StatusLine } from '../pages.ts';
import { createQuantizerBar } from '../quantizer/quantizerBar.ts';
import type { Store } from '../store.ts';
import { hasString, t } from '../strings.ts';
import { createChannelPanel } from './channels/channelPanel.ts';
import { createTensorSubject } from './compare/tensorSubject.ts';
import { createDistributionPanel } from './distribution/distributionPanel.ts';
import { createFacts } from './head/facts.ts';
import { createTensorPicker } from './head/tensorPicker.ts';
import { createTensorTotals } from './head/tensorTotals.ts';
import { type HistogramFile, saveHistogram } from './saving/saveHistogram.ts';
import { statusOf } from './status.ts';
import { createOpenTensor, type OpenTensor } from './subject/openTensor.ts';
import { createWhatIf } from './subject/whatIf.ts';
import type { WhatIf } from './subject/whatIfView.ts';
import { createTensorState } from './tensorState.ts';

/** The Tensor page: one tensor, its distribution and channels, and what quantizers make of it. */
export const tensorPage: PageDefinition = { id: 'tensor', title: 'tab.tensor', mount };

function mount(root: HTMLElement, store: Store): MountedPage {
  const owned = new Disposables();
  const status = createCell<StatusLine>({ text: '', isBusy: false, action: null });
  const { open, ...opener } = createOpenTensor(store);
  const shown = createCell<ShownRange | null>(null);
  const { view: whatIf, ...asker } = createWhatIf(store, open, shown);

  const picker = createTensorPicker(store, open);
  const facts = createFacts();
  const totals = createTensorTotals(store);
  const bar = createQuantizerBar(store, totals.element);
  const keptNote = h('p', { class: 'kept-note small', role: 'note', hidden: true });
  const save = (kind: HistogramFile): void => {
    const drawn = distribution.current();
    if (drawn) void saveHistogram(store, kind, open.get(), drawn, whatIf.get());
  };
  const whenReady = createWhenReady(open, whatIf, owned);
  const exporter = createMenuButton('save-as', t('tensor.export'), [
    { text: t('tensor.exportSvg'), run: () => save('svg') },
    { text: t('tensor.exportPng'), run: () => save('png') },
    { text: t('tensor.exportCsv'), run: () => save('csv') },
  ]);
  const distribution = createDistributionPanel(store, { open, whatIf, shown, exporter });
  const channels = store.settings.panels.channelRanges ? createChannelPanel(store, open, whatIf) : null;
  const right = store.settings.panels.compare ? createRightSide(store, open, whatIf) : null;
  const state = createTensorState(store);
  const left = h('div', { class: 'tensor-left' }, distribution.element, channels?.element);
  const body = h('div', { class: right ? 'tensor' : 'tensor tensor-wide' }, left, right?.element);
  const head = h('div', { class: 'tensor-head' }, picker.element, facts.element);
  root.append(head, bar.element, keptNote, state.element, body);

  const draw = createRedraw(() => {
    const tensor = open.get();
    facts.draw(tensor);
    totals.draw(tensor, whatIf.get());
    body.hidden = state.draw(tensor);
    drawKept(keptNote, whatIf.get());
    status.set(statusOf(store, tensor, whatIf.get()));
  });
  owned.add(
    opener.dispose,
    asker.dispose,
    picker.dispose,
    bar.dispose,
    distribution.dispose,
    () => channels?.dispose(),
    () => right?.dispose(),
    draw.dispose,
    open.subscribe(draw),
    whatIf.subscribe(draw),
    followShown(store, open, shown),
  );
  draw();
  return {
    status,
    setVisible(isVisible) {
      draw.setVisible(isVisible);
      distribution.setVisible(isVisible);
      channels?.setVisible(isVisible);
      opener.setVisible(isVisible);
      asker.setVisible(isVisible);
      right?.setVisible(isVisible);
    },
    runAction(action) {
      if (action === 'compare') right?.start();
      else whenReady(() => save(FILE_OF[action]));
    },
    dispose: owned.dispose,
  };
}

const FILE_OF: Readonly<Record<Exclude<PageAction, 'compare'>, HistogramFile>> = {
  'export-svg': 'svg',
  'export-png': 'png',
  'export-csv': 'csv',
};

/** Runs what was asked last as soon as the open tensor and what the quantizer makes of it can be drawn. */
function createWhenReady(open: Cell<OpenTensor>, whatIf: Cell<WhatIf>, owned: Disposables): (run: () => void) => void {
  let waiting: (() => void) | null = null;
  const check = (): void => {
    const isReading = open.get().status === 'reading' || whatIf.get().isPending;
    const run = waiting;
    if (isReading || run === null) return;
    waiting = null;
    run();
  };
  owned.add(open.subscribe(check), whatIf.subscribe(check));
  return (run) => {
    waiting = run;
    check();
  };
}

const TENSOR_WORDS = { whenAsked: 'compare.large', none: 'compare.nothing' } as const;

/** Comparison and the chart drawn from it. */
function createRightSide(store: Store, open: Cell<OpenTensor>, whatIf: Cell<WhatIf>): RightSide {
  const comparer = createComparer(store, createTensorSubject(store, open, whatIf));
  const compare = createComparePanel(store, comparer, TENSOR_WORDS, () => open.get().name ?? '');
  const rate = createRatePanel(store, comparer.view, () => open.get().name ?? '');
  return {
    element: h('div', { class: 'tensor-right' }, compare.element, rate.element),
    start() {
      comparer.start();
      compare.focus();
    },
    setVisible(isVisible) {
      comparer.setVisible(isVisible);
      compare.setVisible(isVisible);
      rate.setVisible(isVisible);
    },
    dispose() {
      rate.dispose();
      compare.dispose();
      comparer.dispose();
    },
  };
}

interface RightSide {
  readonly element: HTMLElement;
  /** Compares now, whatever the size of the tensor. */
  start(): void;
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

/** Keeps the shown range: chosen, set, or that of the open tensor. The cell changes only where the ends do. */
function followShown(store: Store, open: Cell<OpenTensor>, shown: Cell<ShownRange | null>): () => void {
  const update = (): void => {
    const { summary } = open.get();
    const next = shownRange(store.choices.get(), store.settings, summary ? [summary] : []);
    const before = shown.get();
    if (next?.low !== before?.low || next?.high !== before?.high) shown.set(next);
  };
  const owned = new Disposables();
  owned.add(open.follow(update), store.choices.subscribe(update));
  return owned.dispose;
}

function drawKept(note: HTMLElement, { kept, source }: WhatIf): void {
  note.hidden = kept === null || source === 'none';
  if (kept === null) return;
  const key = `keep.${kept}`;
  setText(note, t('tensor.keptNote', { reason: hasString(key) ? t(key) : kept }));
}

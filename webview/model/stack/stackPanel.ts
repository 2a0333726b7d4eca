import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { createChartCanvas } from '../../charts/canvas.ts';
import { createRedraw } from '../../charts/redraw.ts';
import { Disposables } from '../../disposables.ts';
import { h, setText } from '../../elements/dom.ts';
import { createMenuButton } from '../../elements/menuButton.ts';
import { createTableSwitch } from '../../elements/tableSwitch.ts';
import { fig } from '../../figures.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import { createButton, createDropdown, type DropdownControl } from '../../toolkit.ts';
import { drawStack } from './drawStack.ts';
import { createStackReader, nameOf, STACK_AXIS, type StackPart } from './stackData.ts';
import { type StackFile, saveStack } from './stackFiles.ts';

/** The pair of the first publication. */
const FIRST_PAIR: readonly [QuantizerSpec, QuantizerSpec] = [
  { id: 'absmax', bits: 8, unit: 'tensor' },
  { id: 'zero-point', bits: 8, unit: 'tensor' },
];

/** Two quantizers over the whole model, stacked on one axis. */
export function createStackPanel(store: Store): {
  readonly element: HTMLElement;
  setVisible(isVisible: boolean): void;
  dispose(): void;
} {
  const owned = new Disposables();
  const reader = createStackReader(store);
  const isOff = store.model.packedFormat !== null;
  const chosen = [...FIRST_PAIR];
  const fields = (['stack.upper', 'stack.lower'] as const).map((label, at) =>
    createDropdown(
      t(label),
      (value) => {
        chosen[at] = offered(store)[Number(value)] ?? FIRST_PAIR[0];
      },
      { class: 'field-stacked' },
    ),
  );
  const start = createButton(t('stack.draw'), () => reader.read(chosen), 'primary');
  const parts = (): readonly StackPart[] => (reader.stack.get().status === 'ready' ? reader.stack.get().parts : []);
  const chart = createChartCanvas('panel-chart', (surface) => {
    if (parts().length > 0) drawStack(surface, parts(), store.choices.get().logScale);
  });
  const holder = h('div', { class: 'chart-holder' }, chart.element);
  const tableSwitch = createTableSwitch(
    () => draw(),
    () => createStackTable(parts()),
  );
  const save = (kind: StackFile): void => void saveStack(store, kind, parts());
  const exporter = createMenuButton('save-as', t('stack.export'), [
    { text: t('tensor.exportSvg'), run: () => save('svg') },
    { text: t('tensor.exportPng'), run: () => save('png') },
    { text: t('tensor.exportCsv'), run: () => save('csv') },
  ]);
  const message = h('div', { class: 'panel-message muted', role: 'status' });
  const draw = createRedraw(() => {
    const { status, name, error } = reader.stack.get();
    const hasParts = parts().length > 0;
    fillFields(store, fields, chosen);
    for (const field of fields) field.setDisabled(isOff);
    start.disabled = isOff || status === 'reading';
    exporter.setDisabled(!hasParts);
    tableSwitch.draw(hasParts);
    holder.hidden = !hasParts || tableSwitch.isTable();
    message.hidden = hasParts;
    const words = status === 'reading' ? t('stack.reading', { name }) : (error ?? t('stack.ask'));
    setText(message, isOff ? t('stack.packed') : words);
    chart.describe(hasParts ? describe(parts()) : '');
    chart.redraw();
  });
  owned.add(
    chart.dispose,
    draw.dispose,
    exporter.dispose,
    reader.dispose,
    reader.stack.subscribe(draw),
    store.choices.subscribe((next, before) => {
      if (next.compare !== before.compare || next.spec !== before.spec || next.logScale !== before.logScale) draw();
    }),
  );
  draw();
  const element = h(
    'section',
    { class: 'tensor-panel stack', attributes: { 'aria-label': t('stack.title') } },
    h('div', { class: 'panel-head' }, h('h2', { text: t('stack.title') }), stackLegend(), panelTools()),
    h('div', { class: 'stack-fields' }, ...fields.map((field) => field.element), start),
    holder,
    tableSwitch.element,
    message,
  );
  return { element, setVisible: draw.setVisible, dispose: owned.dispose };

  function panelTools(): HTMLElement {
    return h('div', { class: 'panel-tools' }, exporter.element, tableSwitch.button);
  }
}

/** The pair, the bar's own, and what the comparison lists; each once. */
function offered(store: Store): readonly QuantizerSpec[] {
  const { spec, compare } = store.choices.get();
  const byName = new Map([...FIRST_PAIR, spec, ...compare].map((each) => [nameOf(each), each]));
  return [...byName.values()];
}

function fillFields(store: Store, fields: readonly DropdownControl[], chosen: readonly QuantizerSpec[]): void {
  const specs = offered(store);
  fields.forEach((field, at) => {
    const name = nameOf(chosen[at] ?? FIRST_PAIR[0]);
    const options = specs.map((spec, index) => ({ value: String(index), text: nameOf(spec) }));
    const known = options.find(({ text }) => text === name);
    // What is drawn stays named, also after it left the lists.
    field.setOptions(known ? options : [...options, { value: 'drawn', text: name }], known?.value ?? 'drawn');
  });
}

function stackLegend(): HTMLElement {
  const entry = (kind: string, text: string): HTMLElement =>
    h(
      'span',
      { class: 'legend-entry' },
      h('span', { class: `legend-mark legend-${kind}`, attributes: { 'aria-hidden': true } }),
      text,
    );
  const entries = [entry('original', t('preview.original')), entry('dequantized', t('preview.dequantized'))];
  return h('div', { class: 'legend muted small' }, ...entries);
}

/** One sentence for screen readers. */
function describe(parts: readonly StackPart[]): string {
  const { low, high } = STACK_AXIS;
  const [upper, lower] = [parts[0]?.name ?? '', parts[1]?.name ?? ''];
  return t('stack.summary', { low: fig.value(low, 3), high: fig.value(high, 3), upper, lower });
}

function createStackTable(parts: readonly StackPart[]): HTMLElement {
  const titles = [t('preview.from'), t('preview.to'), t('preview.original'), ...parts.map(({ name }) => name)];
  const head = h('tr', {}, ...titles.map((text) => h('th', { text, attributes: { scope: 'col' } })));
  const { low, high, bins } = STACK_AXIS;
  const edge = (at: number): string => fig.value(low + (at * (high - low)) / bins, 4);
  const rows = Array.from({ length: bins }, (_, bin) => {
    const counts = [parts[0]?.original, ...parts.map(({ decoded }) => decoded)].map((each) => each?.counts[bin] ?? 0);
    const cells = [edge(bin), edge(bin + 1), ...counts.map((count) => fig.count(Math.round(count)))];
    return h('tr', {}, ...cells.map((text) => h('td', { text })));
  });
  return h('table', { class: 'count-table small', tabIndex: 0 }, h('thead', {}, head), h('tbody', {}, ...rows));
}

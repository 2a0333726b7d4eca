import type { PageChoices } from '../../../src/protocol/page.ts';
import { Disposables } from '../../disposables.ts';
import { h, setAttribute } from '../../elements/dom.ts';
import { iconButton } from '../../elements/iconButton.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import { createDropdown, createRadioGroup, createTextField } from '../../toolkit.ts';
import { METRICS, shownMetric } from '../metrics.ts';
import type { ScaleRange } from './colourScale.ts';

/** Title, stack picker, "Colour by" and the gear with the range of the scale. */
export function createMapTools(
  store: Store,
  automaticRange: () => ScaleRange | null,
): { element: HTMLElement; dispose: () => void } {
  const owned = new Disposables();
  const { stacks, packedFormat } = store.model;
  const metrics = METRICS.filter((metric) => !metric.isMeasured || packedFormat === null);
  const stack = createDropdown(t('map.stack'), (value) => store.choose({ stack: value }), { isInline: true });
  stack.element.hidden = stacks.length < 2;
  const colour = createDropdown(
    t('map.colourBy'),
    (value) => store.choose({ colourBy: value as PageChoices['colourBy'], colourRange: null }),
    { isInline: true, class: 'field-colour' },
  );
  const range = createRangeForm(store, automaticRange);
  const gear = iconButton('settings-gear', t('map.range'), () => range.setOpen(range.element.hidden === true));
  gear.setAttribute('aria-expanded', 'false');
  gear.setAttribute('aria-controls', range.element.id);
  owned.add(
    store.choices.follow((choices) => {
      colour.setOptions(metrics.map(metricOption), shownMetric(store).id);
      stack.setOptions(
        stacks.map((name) => ({ value: name, text: name })),
        choices.stack ?? stacks[0] ?? '',
      );
      range.draw(choices);
      setAttribute(gear, 'aria-expanded', !range.element.hidden);
    }),
  );
  owned.listen(document, 'keydown', (event) => {
    if (event.key !== 'Escape' || range.element.hidden) return;
    range.setOpen(false);
    gear.focus();
  });
  owned.listen(document, 'pointerdown', (event) => {
    const target = event.target as Node;
    if (!range.element.contains(target) && !gear.contains(target)) range.setOpen(false);
  });
  const title = h('h2', { text: t('map.title') });
  const element = h('div', { class: 'map-tools' }, title, stack.element, colour.element, gear, range.element);
  return { element, dispose: owned.dispose };
}

function metricOption({ id }: (typeof METRICS)[number]): { value: string; text: string; detail: string } {
  return { value: id, text: t(`metric.${id}`), detail: t(`metric.${id}.detail`) };
}

interface RangeForm {
  readonly element: HTMLElement;
  setOpen(isOpen: boolean): void;
  draw(choices: PageChoices): void;
}

/** Automatic or fixed range of the scale; a fixed one starts from what is shown. */
function createRangeForm(store: Store, automaticRange: () => ScaleRange | null): RangeForm {
  const kind = createRadioGroup(
    t('map.range'),
    [
      { value: 'automatic', text: t('map.rangeAuto') },
      { value: 'fixed', text: t('map.rangeFixed') },
    ],
    (value) => {
      if (value === 'automatic') store.choose({ colourRange: null });
      else if (store.choices.get().colourRange === null) store.choose({ colourRange: automaticRange() });
    },
  );
  const commit = (change: Partial<ScaleRange>): void => {
    const before = store.choices.get().colourRange;
    const next = before && { ...before, ...change };
    if (next && next.low < next.high) store.choose({ colourRange: next });
  };
  const low = createTextField(t('map.rangeLow'), { onCommit: (text) => commit({ low: Number(text) }) });
  const high = createTextField(t('map.rangeHigh'), { onCommit: (text) => commit({ high: Number(text) }) });
  const ends = h(
    'div',
    { class: 'range-ends' },
    h('label', { class: 'small muted', text: t('map.rangeLow') }),
    low.element,
    h('label', { class: 'small muted', text: t('map.rangeHigh') }),
    high.element,
  );
  const element = h(
    'div',
    {
      class: 'card map-range',
      id: 'map-range',
      role: 'group',
      hidden: true,
      attributes: { 'aria-label': t('map.range') },
    },
    h('div', { class: 'card-body' }, kind, ends, h('p', { class: 'muted small', text: t('map.rangeHint') })),
  );
  return {
    element,
    setOpen: (isOpen) => {
      element.hidden = !isOpen;
    },
    draw({ colourRange }) {
      kind.value = colourRange === null ? 'automatic' : 'fixed';
      ends.hidden = colourRange === null;
      low.element.value = colourRange === null ? '' : String(colourRange.low);
      high.element.value = colourRange === null ? '' : String(colourRange.high);
    },
  };
}

import { describeQuantizer } from '../../src/core/quantizers/describeQuantizer.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { FormatCard } from '../../src/protocol/page.ts';
import { Disposables } from '../disposables.ts';
import { h, icon } from '../elements/dom.ts';
import { linkButton } from '../elements/linkButton.ts';
import { fig } from '../figures.ts';
import { completeSpec } from '../quantizer/specs.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import type { ExportState } from './exportState.ts';
import { problemLines } from './problemLines.ts';

/** The packed formats as a radio group. One that cannot hold the plan stays focusable, so that its reason is read. */
export function createFormatCards(store: Store, state: ExportState): { element: HTMLElement; dispose: () => void } {
  const owned = new Disposables();
  const heading = h('h2', { text: t('export.formats') });
  const count = h('span', { class: 'muted small' });
  const group = h('div', {
    class: 'format-cards',
    role: 'radiogroup',
    attributes: { 'aria-label': t('export.formats') },
  });
  const element = h('section', { class: 'export-section' }, h('div', { class: 'section-head' }, heading, count), group);

  const draw = (): void => {
    const cards = state.cards.get()?.cards ?? [];
    const chosen = state.choice.get().format;
    const able = cards.filter(({ bytes }) => bytes !== null).length;
    count.textContent = cards.length > 0 ? t('export.canHold', { able, all: cards.length }) : '';
    const focused = group.contains(document.activeElement);
    const drawn = cards.map((card) => drawCard(card, card.id === chosen, state, replanOf(store, card)));
    group.replaceChildren(...(cards.length > 0 ? drawn : SKELETONS.map(skeletonCard)));
    if (focused) (group.querySelector('[tabindex="0"]') as HTMLElement | null)?.focus();
  };
  owned.add(state.cards.follow(draw), state.choice.subscribe(draw));
  owned.listen(group, 'keydown', (event) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    moveFocus(group, step);
  });
  return { element, dispose: owned.dispose };
}

/** As many cards as there are formats, so that nothing moves when they come. */
const SKELETONS = [0, 1, 2, 3];

function skeletonCard(): HTMLElement {
  const line = (width: string): HTMLElement => h('p', {}, h('span', { class: 'skeleton', vars: { '--width': width } }));
  return h('div', { class: 'format-card', attributes: { 'aria-hidden': true } }, line('45%'), line('80%'), line('60%'));
}

/** Quantizers that a format takes, the usual one first; compressed-tensors' channels fit every shape. */
const FITTING: Readonly<Partial<Record<FormatCard['id'], readonly QuantizerSpec[]>>> = {
  'compressed-tensors': [
    { id: 'rtn', bits: 4, unit: 'group', groupSize: 128 },
    { id: 'rtn', bits: 8, unit: 'channel' },
  ],
  bitsandbytes: [{ id: 'nf4' }, { id: 'llm-int8' }],
};

interface Replan {
  readonly text: string;
  run(): void;
}

/** A way to a plan that the format can hold; null where the plan is a recipe's, which is not ours to change. */
function replanOf(store: Store, card: FormatCard): Replan | null {
  if (card.bytes !== null || store.recipeFile !== null) return null;
  const { id, bits, unit } = completeSpec(store.choices.get().spec);
  const spec = FITTING[card.id]?.find((each) => each.id !== id || each.bits !== bits || each.unit !== unit);
  if (!spec) return null;
  return {
    text: t('export.replan', { quantizer: describeQuantizer(resolveQuantizer(spec)) }),
    run: () => store.choose({ spec }),
  };
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function moveFocus(group: HTMLElement, step: number): void {
  const cards = [...group.querySelectorAll<HTMLElement>('[role="radio"]')];
  const at = cards.indexOf(document.activeElement as HTMLElement);
  const next = cards[(at + step + cards.length) % cards.length];
  for (const card of cards) card.tabIndex = card === next ? 0 : -1;
  next?.focus();
}

/** The card's frame holds the radio button and, beside it, the way to a plan that fits: a link inside would be unheard. */
function drawCard(card: FormatCard, isChosen: boolean, state: ExportState, replan: Replan | null): HTMLElement {
  const marks = [isChosen ? 'format-chosen' : '', card.bytes === null ? 'format-unable' : ''];
  return h(
    'div',
    { class: ['format-card', ...marks].join(' ').trim() },
    drawChoice(card, isChosen, state),
    replan ? h('p', {}, linkButton(replan.text, replan.run)) : null,
  );
}

function drawChoice(card: FormatCard, isChosen: boolean, state: ExportState): HTMLElement {
  const [nameId, detailId] = [`format-${card.id}`, `format-${card.id}-detail`];
  const isAble = card.bytes !== null;
  const choose = (): void => {
    if (isAble) state.choose({ format: card.id, out: null, force: false, allowUnloadable: false });
  };
  const unloadable = card.problems.find(({ severity }) => severity === 'unloadable');
  const loadsIn = unloadable ? t('export.loadsNowhere') : t('export.loadsIn', { loaders: card.loaders.join(', ') });
  const mark = isAble ? (isChosen ? 'pass-filled' : 'circle-large-outline') : 'circle-slash';
  return h(
    'div',
    {
      class: 'format-choice',
      role: 'radio',
      tabIndex: isChosen ? 0 : -1,
      attributes: {
        'aria-checked': isChosen && isAble,
        'aria-disabled': isAble ? null : true,
        'aria-labelledby': nameId,
        'aria-describedby': detailId,
        'data-format': card.id,
      },
      on: {
        click: choose,
        keydown: (event) => {
          if (event.key !== ' ' && event.key !== 'Enter') return;
          event.preventDefault();
          choose();
        },
      },
    },
    h(
      'div',
      { class: 'format-head' },
      icon(mark),
      h('strong', { id: nameId, text: card.id }),
      h('span', { class: 'format-size', text: isAble ? fig.bytes(card.bytes) : '' }),
    ),
    h(
      'div',
      { id: detailId },
      h('p', { class: 'muted', text: card.summary }),
      isAble ? h('p', { class: 'muted', text: loadsIn }) : null,
      ...problemLines(card.problems),
    ),
  );
}

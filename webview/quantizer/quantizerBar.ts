import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { Disposables } from '../disposables.ts';
import { h, setText, uniqueId } from '../elements/dom.ts';
import { iconButton } from '../elements/iconButton.ts';
import { linkButton } from '../elements/linkButton.ts';
import { createBackendBadge } from '../frame/backendBadge.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createDropdown } from '../toolkit.ts';
import type { BarField, BarState, ChangeSpec } from './barField.ts';
import { createClipField } from './clipField.ts';
import { fieldsOf } from './fields.ts';
import { createMoreFields } from './moreFields.ts';
import { createListField } from './plainFields.ts';
import { createQuantizerField } from './quantizerField.ts';
import { changeSpec, completeSpec, problemOf, switchQuantizer } from './specs.ts';
import { createUnitField } from './unitField.ts';

/**
 * The quantizer bar of a page: a what-if shared by Model and Tensor page through `choices.spec`. `totals` stands right
 * of the fields and is the page's own. A change that does not resolve is refused with its reason; the quantizer before
 * stays in force.
 */
export function createQuantizerBar(
  store: Store,
  totals: HTMLElement,
): { readonly element: HTMLElement; readonly dispose: () => void } {
  const owned = new Disposables();
  const problem = h('p', { class: 'bar-problem small', role: 'alert', hidden: true });
  const show = (why: string | null): void => {
    problem.hidden = why === null;
    setText(problem, why ?? '');
  };
  const change: ChangeSpec = (next) => {
    const spec = changeSpec(store.choices.get().spec, next);
    const why = problemOf(spec);
    show(why);
    if (why === null) store.choose({ spec });
    return why;
  };
  const more = createMoreFields(change);
  const fields: readonly BarField[] = [
    createQuantizerField((id) => store.choose({ spec: switchQuantizer(store.choices.get().spec, id) })),
    createBitsField(change),
    createUnitField(store, change),
    createClipField(change),
    createListField('scaleDtype', 'scale_dtype', t('bar.scaleDtype'), change),
  ];
  const toggle = createMoreToggle(more.element);
  const locked = whyLocked(store);
  let chosen: QuantizerSpec['id'] | null = null;

  owned.add(
    store.choices.follow(({ spec }) => {
      const state = stateOf(spec, locked);
      for (const field of [...fields, more]) field.update(state);
      // Opened where the quantizer is about a field of the second row; otherwise as the person left it.
      if (spec.id !== chosen && more.hasMeaning(state)) toggle.open();
      chosen = spec.id;
    }),
    store.choices.subscribe((next, before) => {
      if (next.spec !== before.spec) show(null);
    }),
  );
  const row = h('div', { class: 'bar-fields' }, ...fields.map(({ element }) => element), toggle.element);
  const element = h(
    'section',
    { class: 'bar', attributes: { 'aria-label': t('bar.label') } },
    row,
    recipeNote(store),
    totals,
    createBackendBadge(store),
    more.element,
    problem,
  );
  return { element, dispose: owned.dispose };
}

function stateOf(spec: QuantizerSpec, locked: string | null): BarState {
  const unused = t('bar.unused', { quantizer: spec.id });
  return { spec, shown: completeSpec(spec), fields: fieldsOf(spec.id), locked, unused };
}

/** Without bits to choose the field shows those that result. */
function createBitsField(change: ChangeSpec): BarField {
  const field = createDropdown(t('bar.bits'), (value) => change({ bits: Number(value) }), { class: 'field-bits' });
  return {
    element: field.element,
    update({ fields, shown, locked, unused }) {
      const list = fields.bits.length > 0 ? fields.bits : [shown.bits];
      field.setOptions(
        list.map((bits) => ({ value: String(bits), text: String(bits) })),
        String(shown.bits),
      );
      field.setDisabled(locked !== null || fields.bits.length === 0, locked ?? unused);
    },
  };
}

/** Shows and hides the second row. */
function createMoreToggle(controlled: HTMLElement): { readonly element: HTMLElement; open(): void } {
  controlled.id = uniqueId('bar-more');
  controlled.hidden = true;
  const set = (isOpen: boolean): void => {
    controlled.hidden = !isOpen;
    button.setAttribute('aria-expanded', String(isOpen));
    button.classList.toggle('bar-toggle-open', isOpen);
  };
  const button = iconButton('settings', t('bar.more'), () => set(controlled.hidden === true));
  button.classList.add('bar-toggle');
  button.setAttribute('aria-controls', controlled.id);
  set(false);
  return { element: button, open: () => set(true) };
}

/** Why the whole bar is off: an already packed checkpoint, or a recipe file that gives the plan. */
function whyLocked(store: Store): string | null {
  if (store.model.packedFormat !== null) return t('bar.packed');
  return store.recipeFile === null ? null : t('bar.recipe', { file: store.recipeFile });
}

function recipeNote(store: Store): HTMLElement | null {
  if (store.recipeFile === null) return null;
  const clear = (): void => store.host.send('host/command', { command: 'clearRecipe' });
  return h(
    'div',
    { class: 'bar-recipe small' },
    h('span', { class: 'muted', text: t('bar.recipe', { file: store.recipeFile }) }),
    linkButton(t('bar.clearRecipe'), clear),
  );
}

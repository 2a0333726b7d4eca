import type { QuantizerId, QuantizerSpec, ScaleDtype } from '../../src/core/quantizers/quantizer.ts';
import { Disposables } from '../disposables.ts';
import { h } from '../elements/dom.ts';
import { linkButton } from '../elements/linkButton.ts';
import { createBackendBadge } from '../frame/backendBadge.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createDropdown, createLabelledCheckbox, type DropdownControl } from '../toolkit.ts';
import { allQuantizerFields, changeSpec, completeSpec, fieldsOf, switchQuantizer } from './fields.ts';
import { createUnitField } from './unitField.ts';

/**
 * The quantizer bar of a page: a what-if shared by Model and Tensor page through `choices.spec`. `totals` stands right
 * of the fields and is the page's own.
 */
export function createQuantizerBar(
  store: Store,
  totals: HTMLElement,
): { readonly element: HTMLElement; readonly dispose: () => void } {
  const owned = new Disposables();
  const change = (next: Partial<QuantizerSpec>): void =>
    store.choose({ spec: changeSpec(store.choices.get().spec, next) });
  const quantizer = createDropdown(
    t('bar.quantizer'),
    (id) => store.choose({ spec: switchQuantizer(store.choices.get().spec, id as QuantizerId) }),
    { class: 'field-quantizer' },
  );
  const bits = createDropdown(t('bar.bits'), (value) => change({ bits: Number(value) }), { class: 'field-bits' });
  const unit = createUnitField(store, change);
  const scale = createDropdown(
    t('bar.scaleDtype'),
    (value) => change({ scaleDtype: value === AUTOMATIC ? undefined : (value as ScaleDtype) }),
    { class: 'field-scale' },
  );
  const asymmetric = createLabelledCheckbox(t('bar.asymmetric'), (isChecked) => change({ asymmetric: isChecked }));
  const why = whyLocked(store);

  owned.add(
    store.choices.follow(({ spec }) => {
      const fields = fieldsOf(spec.id);
      const shown = completeSpec(spec);
      const unused = why ?? t('bar.unused', { quantizer: spec.id });
      quantizer.setOptions(quantizerOptions(), spec.id);
      quantizer.setDisabled(why !== null, why ?? '');
      fill(bits, fields.bits, shown.bits, why, unused);
      unit.update(spec, why, unused);
      fillScale(scale, fields.scaleDtypes, spec.scaleDtype, why, unused);
      asymmetric.control.disabled = why !== null || !fields.canBeAsymmetric;
      asymmetric.control.checked = fields.canBeAsymmetric && shown.asymmetric;
    }),
  );
  const fields = h(
    'div',
    { class: 'bar-fields' },
    quantizer.element,
    bits.element,
    unit.element,
    scale.element,
    asymmetric.element,
  );
  const element = h(
    'section',
    { class: 'bar', attributes: { 'aria-label': t('bar.label') } },
    fields,
    recipeNote(store),
    totals,
    createBackendBadge(store),
  );
  return { element, dispose: owned.dispose };
}

/** The scale dtype that the packed format stores. */
const AUTOMATIC = 'auto';

function fillScale(
  field: DropdownControl,
  values: readonly ScaleDtype[],
  chosen: ScaleDtype | undefined,
  why: string | null,
  unused: string,
): void {
  const automatic = { value: AUTOMATIC, text: t('bar.scaleAutomatic'), detail: t('bar.scaleAutomaticDetail') };
  field.setOptions([automatic, ...values.map((value) => ({ value, text: value }))], chosen ?? AUTOMATIC);
  field.setDisabled(why !== null || values.length === 0, unused);
}

/** Fills a drop-down; without options the field has no meaning for the quantizer and is disabled. */
function fill(
  field: DropdownControl,
  values: readonly (string | number)[],
  value: string | number,
  why: string | null,
  unused: string,
): void {
  const list = values.length > 0 ? values : [value];
  field.setOptions(
    list.map((entry) => ({ value: String(entry), text: String(entry) })),
    String(value),
  );
  field.setDisabled(why !== null || values.length === 0, unused);
}

function quantizerOptions(): { value: string; text: string; detail: string }[] {
  return allQuantizerFields().map(({ id, bits }) => ({
    value: id,
    text: id,
    detail: `${bits.length > 0 ? `${bits[0]}–${bits[bits.length - 1]}` : '16'}  ${t('bar.costPass')}`,
  }));
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

import { Disposables } from '../disposables.ts';
import { h } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createButton, createCheckbox } from '../toolkit.ts';
import type { ExportState } from './exportState.ts';

/** The foot of the page: the one action, what stands in its way, and the same as a command line. */
export function createActions(store: Store, state: ExportState): { element: HTMLElement; dispose: () => void } {
  const owned = new Disposables();
  const start = createButton(t('export.start'), () => state.start(), 'primary');
  const copy = createButton(t('export.copyCommand'), () => {
    const command = state.preview.get()?.command;
    if (command) store.host.send('text/copy', { text: command });
  });
  const replace = createCheckbox(t('export.replace'), (force) => state.choose({ force }));
  const override = createCheckbox(t('export.allowUnloadable'), (allowUnloadable) => state.choose({ allowUnloadable }));
  const why = h('span', { class: 'export-why', role: 'status' });
  const draw = (): void => {
    const preview = state.preview.get();
    const choice = state.choice.get();
    const card = state.cards.get()?.cards.find(({ id }) => id === choice.format);
    const isUnloadable = card?.problems.some(({ severity }) => severity === 'unloadable') ?? false;
    const exists = preview?.exists ?? false;
    replace.hidden = !exists;
    replace.checked = choice.force;
    override.hidden = !isUnloadable;
    override.checked = choice.allowUnloadable;
    const obstacle = obstacleOf(store, state, { isUnable: card?.bytes === null, isUnloadable, exists });
    start.disabled = obstacle !== null;
    start.textContent = preview
      ? t('export.startFiles', { files: fig.count(preview.document.files.length) })
      : t('export.start');
    copy.disabled = preview === null;
    copy.hidden = preview?.command === null;
    why.textContent = obstacle ?? t('export.promise');
    why.classList.toggle('muted', obstacle === null);
  };
  owned.add(
    state.preview.follow(draw),
    state.choice.subscribe(draw),
    state.cards.subscribe(draw),
    state.problem.subscribe(draw),
    store.fileChanged.subscribe(draw),
  );
  return {
    element: h('footer', { class: 'export-foot' }, start, copy, replace, override, why),
    dispose: owned.dispose,
  };
}

/** The first thing that stands in the way, in words; null when nothing does. */
function obstacleOf(
  store: Store,
  state: ExportState,
  facts: { readonly isUnable: boolean; readonly isUnloadable: boolean; readonly exists: boolean },
): string | null {
  const { force, allowUnloadable } = state.choice.get();
  if (store.model.packedFormat !== null) return t('export.offPacked', { format: store.model.packedFormat });
  if (store.model.missing.length > 0) return t('export.offMissing', { count: store.model.missing.length });
  if (store.fileChanged.get() !== null) return t('export.offChanged');
  if (facts.isUnable) return t('export.offFormat');
  const problem = state.problem.get();
  if (problem) return problem.message;
  const preview = state.preview.get();
  if (preview === null) return t('export.pending');
  const refused = preview.document.problems.find(({ severity }) => severity === 'refused');
  if (refused) return refused.why;
  if (facts.isUnloadable && !allowUnloadable) return t('export.offUnloadable');
  if (facts.exists && !force) return t('export.offExists');
  return null;
}

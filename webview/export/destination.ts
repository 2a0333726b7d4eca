import { toFailure } from '../../src/core/failure.ts';
import { Disposables } from '../disposables.ts';
import { h } from '../elements/dom.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createButton, createCheckbox, createDropdown, createTextField } from '../toolkit.ts';
import type { ExportState } from './exportState.ts';

const SHARD_SIZES = ['2GB', '5GB', '10GB', '50GB'] as const;
const DTYPES = ['F32', 'F16', 'BF16'] as const;

/** Where the model goes and what goes with it. */
export function createDestination(store: Store, state: ExportState): { element: HTMLElement; dispose: () => void } {
  const owned = new Disposables();
  const folder = createTextField(
    t('export.destination'),
    { onCommit: (out) => state.choose({ out: out.trim() === '' ? null : out.trim(), force: false }) },
    { class: 'destination' },
  );
  const browse = createButton(t('export.browse'), () => {
    const current = state.choice.get().out ?? state.preview.get()?.out ?? null;
    store.host.call('export/choose-folder', { format: state.choice.get().format, current }).then(
      ({ out }) => out !== null && state.choose({ out, force: false }),
      (error: unknown) => store.host.failures.set(toFailure(error)),
    );
  });
  const shard = createDropdown(t('export.shardSize'), (maxShard) => state.choose({ maxShard }), {
    class: 'field-shard',
  });
  const dtype = createDropdown(
    t('export.dtype'),
    (value) => state.choose({ dtype: DTYPES.find((each) => each === value) ?? null }),
    { class: 'field-shard' },
  );
  const copies = createCheckbox(t('export.copySideFiles'), (copySideFiles) => state.choose({ copySideFiles }));
  const writes = createCheckbox(t('export.writeReport'), (writeReport) => state.choose({ writeReport }));
  owned.add(
    state.choice.follow((choice) => {
      const sizes = [...new Set([...SHARD_SIZES, choice.maxShard])];
      shard.setOptions(
        sizes.map((value) => ({ value, text: value })),
        choice.maxShard,
      );
      const source = { value: 'source', text: t('export.sourceDtype') };
      dtype.setOptions([source, ...DTYPES.map((value) => ({ value, text: value }))], choice.dtype ?? 'source');
      dtype.element.hidden = choice.format !== 'dequantized';
      copies.checked = choice.copySideFiles;
      writes.checked = choice.writeReport;
      if (choice.out !== null) folder.element.value = choice.out;
    }),
    state.preview.follow((preview) => {
      if (preview && document.activeElement !== folder.element) folder.element.value = preview.out;
    }),
  );
  const label = h('span', { class: 'field-label', text: t('export.destination'), attributes: { 'aria-hidden': true } });
  const element = h(
    'section',
    { class: 'destination-row', attributes: { 'aria-label': t('export.destination') } },
    h('div', { class: 'field destination-field' }, label, folder.element),
    browse,
    shard.element,
    dtype.element,
    copies,
    writes,
  );
  return { element, dispose: owned.dispose };
}

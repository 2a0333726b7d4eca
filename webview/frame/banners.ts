import { Disposables } from '../disposables.ts';
import { h } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createBanner } from './banner.ts';

/** The banners of an open checkpoint, under the tabs: what changed, what is missing, what failed. */
export function createBanners(
  store: Store,
  showTensor: (name: string) => void,
): { element: HTMLElement; dispose: () => void } {
  const owned = new Disposables();
  const element = h('div', { class: 'banners' });
  const dismissed = new Set<string>();
  let shown = '';

  const draw = (): void => {
    const list = [
      ...changed(store),
      ...missing(store),
      ...packed(store),
      ...warnings(store),
      ...failed(store),
      ...nonFinite(store, showTensor),
    ];
    const visible = list.filter((entry) => !dismissed.has(entry.key));
    const signature = visible.map((entry) => entry.key).join('\n');
    if (signature === shown) return;
    shown = signature;
    element.replaceChildren(
      ...visible.map((entry) =>
        entry.make(() => {
          dismissed.add(entry.key);
          draw();
        }),
      ),
    );
  };
  owned.add(
    store.fileChanged.subscribe(draw),
    store.host.failures.subscribe(draw),
    store.measure.view.subscribe(draw),
    store.summaries.subscribe(draw),
  );
  draw();
  return { element, dispose: owned.dispose };
}

interface Entry {
  /** Same key, same banner. */
  readonly key: string;
  make(dismiss: () => void): HTMLElement;
}

function changed(store: Store): Entry[] {
  const text = store.fileChanged.get();
  if (text === null) return [];
  const reload = { text: t('banner.reload'), run: () => store.host.send('host/command', { command: 'reload' }) };
  return [
    {
      key: `changed ${text}`,
      make: (dismiss) =>
        createBanner({
          severity: 'warning',
          text,
          detail: t('banner.exportOff'),
          actions: [reload, { text: t('banner.keep'), run: dismiss }],
        }),
    },
  ];
}

function missing(store: Store): Entry[] {
  const files = [...new Set(store.model.missing.map((entry) => entry.file))];
  const [file] = files;
  if (file === undefined) return [];
  const total = store.model.tensors.length + missingOnly(store);
  const read = total - store.model.missing.length;
  const text =
    files.length === 1
      ? t('banner.missing', { file })
      : t('banner.missingMore', { file, count: fig.count(files.length - 1) });
  const detail = t('banner.missingDetail', { read: fig.count(read), total: fig.count(total) });
  return [{ key: `missing ${file}`, make: () => createBanner({ severity: 'warning', text, detail }) }];
}

/** Missing tensors that the host does not list among the model's tensors. */
function missingOnly(store: Store): number {
  return store.model.missing.filter((entry) => !store.rows.has(entry.name)).length;
}

function packed(store: Store): Entry[] {
  const format = store.model.packedFormat;
  if (format === null) return [];
  const text = t('banner.packed', { format });
  return [{ key: 'packed', make: () => createBanner({ severity: 'info', text, detail: t('banner.packedDetail') }) }];
}

/** Warnings of the model (tensors that no index lists, unknown model type): one line, the rest on hover. */
function warnings(store: Store): Entry[] {
  const [first, ...others] = store.model.warnings;
  if (!first) return [];
  const text =
    others.length === 0 ? first.text : t('banner.more', { text: first.text, count: fig.count(others.length) });
  return [
    {
      key: 'warnings',
      make: (dismiss) => {
        const banner = createBanner({
          severity: 'info',
          text,
          actions: [{ text: t('banner.dismiss'), run: dismiss }],
        });
        banner.title = store.model.warnings.map((warning) => warning.text).join('\n');
        return banner;
      },
    },
  ];
}

function failed(store: Store): Entry[] {
  const failures = [store.host.failures.get()?.message, store.measure.view.get().failure?.text];
  return failures
    .filter((text) => text !== undefined)
    .map((text) => ({
      key: `failed ${text}`,
      make: (dismiss) =>
        createBanner({ severity: 'error', text, actions: [{ text: t('banner.dismiss'), run: dismiss }] }),
    }));
}

function nonFinite(store: Store, showTensor: (name: string) => void): Entry[] {
  const found = store.model.tensors
    .map((row) => store.summaries.get(row.name))
    .filter((summary) => summary !== undefined && summary.nans + summary.infinities > 0);
  const [first] = found;
  if (!first) return [];
  const count = fig.count(first.nans + first.infinities);
  const text =
    found.length === 1
      ? t('banner.nonFinite', { tensor: first.name, count })
      : t('banner.nonFiniteMore', { tensor: first.name, count: fig.count(found.length) });
  return [
    {
      key: `non-finite ${found.length} ${first.name}`,
      make: (dismiss) =>
        createBanner({
          severity: 'warning',
          text,
          detail: t('banner.nonFiniteDetail', { index: fig.count(first.firstNonFinite) }),
          actions: [
            { text: t('banner.show'), run: () => showTensor(first.name) },
            { text: t('banner.dismiss'), run: dismiss },
          ],
        }),
    },
  ];
}

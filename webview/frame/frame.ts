import type { HostEvents } from '../../src/protocol/page.ts';
import type { Dispose } from '../cell.ts';
import { Disposables } from '../disposables.ts';
import { h, icon, setText } from '../elements/dom.ts';
import { linkButton } from '../elements/linkButton.ts';
import type { MountedPage, PageDefinition, PageId } from '../pages.ts';
import type { Store } from '../store.ts';
import { createBanners } from './banners.ts';
import { createHeader } from './header.ts';
import { createTabs, panelId, tabId } from './tabs.ts';

/** Builds header, tabs, banners and panels of an open checkpoint into `root`. @returns gives everything back */
export function mountFrame(root: HTMLElement, store: Store, pages: readonly PageDefinition[]): () => void {
  const owned = new Disposables();
  const panels = createPanels(store, pages);
  const status = h('div', { class: 'status', attributes: { 'aria-live': 'off' } });
  const tabs = createTabs(pages, (page) => store.choose({ page }));
  const header = createHeader(store);
  const showTensor = (tensor: string): void => {
    store.select([tensor]);
    store.choose({ page: 'model', filter: '' });
  };
  const banners = createBanners(store, showTensor);
  root.replaceChildren(
    header.element,
    h('div', { class: 'tab-strip' }, tabs.element, status),
    banners.element,
    ...panels.elements,
  );
  let front: PageId | null = null;
  let stopStatus = (): void => {};
  const bringToFront = (): void => {
    const chosen = store.choices.get().page;
    const page = pages.some((entry) => entry.id === chosen) ? chosen : (pages[0]?.id ?? chosen);
    if (page === front) return;
    front = page;
    tabs.select(page);
    const mounted = panels.show(page);
    stopStatus();
    if (mounted) stopStatus = followStatus(status, mounted);
  };
  owned.add(
    header.dispose,
    banners.dispose,
    panels.dispose,
    () => stopStatus(),
    store.choices.subscribe(bringToFront),
    store.host.on('show', (body) => {
      applyShow(store, body);
      if (body.action) panels.mounted(body.page)?.runAction?.(body.action);
    }),
  );
  bringToFront();
  return owned.dispose;
}

interface Panels {
  readonly elements: readonly HTMLElement[];
  /** Mounts the page at its first showing, hides the others. */
  show(id: PageId): MountedPage | undefined;
  mounted(id: PageId): MountedPage | undefined;
  dispose(): void;
}

function createPanels(store: Store, pages: readonly PageDefinition[]): Panels {
  const mounted = new Map<PageId, MountedPage>();
  const elements = pages.map((page) =>
    h('div', {
      class: 'panel',
      id: panelId(page.id),
      role: 'tabpanel',
      hidden: true,
      attributes: { 'aria-labelledby': tabId(page.id) },
    }),
  );
  return {
    elements,
    mounted: (id) => mounted.get(id),
    show(id) {
      pages.forEach((page, index) => {
        const element = elements[index];
        if (!element) return;
        element.hidden = page.id !== id;
        if (page.id === id && !mounted.has(id)) mounted.set(id, page.mount(element, store));
        mounted.get(page.id)?.setVisible(page.id === id);
      });
      return mounted.get(id);
    },
    dispose() {
      for (const page of mounted.values()) page.dispose();
    },
  };
}

/** Shows the status line of the page in front. */
function followStatus(element: HTMLElement, page: MountedPage): Dispose {
  const text = h('span');
  const spinner = icon('loading', 'spin');
  const action = h('span');
  element.replaceChildren(spinner, text, action);
  return page.status.follow((line) => {
    setText(text, line.text);
    spinner.hidden = !line.isBusy;
    action.replaceChildren(...(line.action ? [linkButton(line.action.text, line.action.run)] : []));
  });
}

/** What the tree, the palette or another command asks the page to show. */
function applyShow(store: Store, body: HostEvents['show']): void {
  if (body.tensor !== null) store.select([body.tensor]);
  store.choose({
    page: body.page,
    ...(body.filter === null ? {} : { filter: body.filter }),
    ...(body.spec === null ? {} : { spec: body.spec }),
  });
}

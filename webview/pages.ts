import type { HostEvents, PageChoices } from '../src/protocol/page.ts';
import type { Cell } from './cell.ts';
import type { Store } from './store.ts';
import type { StringKey } from './strings.ts';

export type PageId = PageChoices['page'];
export type PageAction = NonNullable<HostEvents['show']['action']>;

/** What stands at the right end of the tabs: which figures these are and what they cost. */
export interface StatusLine {
  readonly text: string;
  readonly isBusy: boolean;
  /** A button after the text, such as "Measure" for a checkpoint too large to measure unasked. */
  readonly action: { readonly text: string; readonly run: () => void } | null;
}

/** A page that is on screen or hidden behind another tab. */
export interface MountedPage {
  /** Shown by the frame while this page is in front. */
  readonly status: Cell<StatusLine>;
  /** Called when the page comes to the front or goes behind; a hidden page draws nothing. */
  setVisible(isVisible: boolean): void;
  /** Commands of the palette and the tree (`show` event), after the page came to the front. */
  runAction?(action: PageAction): void;
  dispose(): void;
}

/**
 * The seam for pages. A page is mounted into its own `tabpanel` the first time its tab is chosen; the frame owns header,
 * tabs, banners and the failure states. A page puts its quantizer bar itself (`quantizer/quantizerBar.ts`), because the
 * totals beside it differ.
 */
export interface PageDefinition {
  readonly id: PageId;
  readonly title: StringKey;
  mount(root: HTMLElement, store: Store): MountedPage;
}

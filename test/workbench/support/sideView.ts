import type { Locator, Page } from 'playwright-core';
import type { ContextMenu } from './contextMenu.ts';
import { labelled } from './labelled.ts';

/** A view container of the activity bar with a tree in it. */
export class SideView {
  readonly #page: Page;
  readonly #title: string;
  readonly #contextMenu: ContextMenu;

  constructor(page: Page, title: string, contextMenu: ContextMenu) {
    this.#page = page;
    this.#title = title;
    this.#contextMenu = contextMenu;
  }

  /** The whole side bar. */
  get part(): Locator {
    return this.#page.locator('.part.sidebar');
  }

  /** Shows it by its icon in the activity bar. */
  async show(): Promise<void> {
    const icon = this.#page.locator('.part.activitybar').getByRole('tab', { name: this.#title });
    if ((await icon.getAttribute('aria-selected')) !== 'true') await icon.click();
    await this.part.locator('.pane-body, .monaco-list, .welcome-view').first().waitFor();
  }

  /** Rows of the tree that are drawn, top to bottom. */
  get rows(): Locator {
    return this.part.locator('.tree-explorer-viewlet-tree-view .monaco-list-row');
  }

  /** The first row whose label is `label`. */
  row(label: string): Locator {
    return labelled(this.#page, this.rows, label).first();
  }

  /** Opens the rows along `labels` and gives the last one. */
  async expand(...labels: string[]): Promise<Locator> {
    await this.show();
    for (const label of labels) {
      const row = this.row(label);
      await row.waitFor();
      if ((await row.getAttribute('aria-expanded')) === 'false') await row.locator('.monaco-tl-twistie').click();
    }
    return this.row(labels.at(-1) ?? '');
  }

  /** An inline action of a row, seen while the pointer is on it. */
  async rowAction(label: string, action: string): Promise<Locator> {
    const row = this.row(label);
    await row.hover();
    return row.getByRole('button', { name: action });
  }

  /** A button at the top of the view. */
  titleAction(action: string): Locator {
    return this.part.getByRole('button', { name: action }).first();
  }

  /** Right-clicks a row and chooses an entry. */
  async chooseInContextMenu(label: string, entry: string): Promise<void> {
    await this.#contextMenu.open(this.row(label));
    await this.#contextMenu.choose(entry);
  }
}

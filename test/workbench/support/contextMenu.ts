import { setTimeout as delay } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';

/** VS Code's menus ignore the mouse for 100 ms, so that the click that opens one chooses nothing. */
const DEAF_MS = 200;

/** The menu that a right click opens. */
export class ContextMenu {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Opens the menu of `target`. */
  async open(target: Locator): Promise<void> {
    await target.click({ button: 'right' });
    await this.#items.first().waitFor();
    await delay(DEAF_MS);
  }

  /** Labels in their order, separators left out. */
  async labels(): Promise<string[]> {
    return this.#items.locator('.action-label').allTextContents();
  }

  /** Clicks an entry; its submenus are opened by `path`, as in `choose('Open With...')`. */
  async choose(...path: string[]): Promise<void> {
    for (const label of path) await this.#items.filter({ hasText: label }).last().click();
    await this.#items.first().waitFor({ state: 'hidden' });
  }

  async dismiss(): Promise<void> {
    await this.#page.keyboard.press('Escape');
  }

  get #items(): Locator {
    return this.#page.locator('.monaco-menu .action-item:not(.disabled):has(.action-label:not(.separator))');
  }
}

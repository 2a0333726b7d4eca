import type { Locator, Page } from 'playwright-core';
import type { ContextMenu } from './contextMenu.ts';
import { labelled } from './labelled.ts';

/** The file tree of the workspace. */
export class Explorer {
  readonly #page: Page;
  readonly #contextMenu: ContextMenu;

  constructor(page: Page, contextMenu: ContextMenu) {
    this.#page = page;
    this.#contextMenu = contextMenu;
  }

  /** Shows the Explorer in the side bar. */
  async show(): Promise<void> {
    const rows = this.#page.locator('.explorer-folders-view .monaco-list-row');
    if (!(await rows.first().isVisible())) await this.#page.keyboard.press('Control+Shift+E');
    await rows.first().waitFor();
  }

  /** The row of a file or folder of the workspace; folders above it are opened. @param path with `/`, relative */
  async row(path: string): Promise<Locator> {
    await this.show();
    const names = path.split('/');
    for (let level = 1; level < names.length; level++) {
      const folder = this.#rowAt(names[level - 1] ?? '', level);
      if ((await folder.getAttribute('aria-expanded')) === 'false') await folder.click();
    }
    const row = this.#rowAt(names.at(-1) ?? '', names.length);
    await row.waitFor();
    return row;
  }

  /** Waits until a file or folder that was deleted is listed no more: rows move then, and a click would miss. */
  async waitUntilGone(name: string): Promise<void> {
    await this.show();
    const rows = this.#page.locator('.explorer-folders-view .monaco-list-row');
    await rows.filter({ hasText: name }).first().waitFor({ state: 'detached' });
  }

  /** Opens a file as a user does. */
  async doubleClick(path: string): Promise<void> {
    await (await this.row(path)).dblclick();
  }

  /** Right-clicks a file or folder and chooses an entry. */
  async chooseInContextMenu(path: string, label: string): Promise<void> {
    await this.#contextMenu.open(await this.row(path));
    await this.#contextMenu.choose(label);
  }

  /** Names at one level are told apart by their text; the same name may stand at several levels. */
  #rowAt(name: string, level: number): Locator {
    const rows = this.#page.locator(`.explorer-folders-view .monaco-list-row[aria-level="${level}"]`);
    return labelled(this.#page, rows, name).first();
  }
}

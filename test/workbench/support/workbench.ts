import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { inject } from 'vitest';
import { launchBrowser, SOFTWARE_GPU_FLAGS } from './browser.ts';
import { ContextMenu } from './contextMenu.ts';
import { Explorer } from './explorer.ts';
import { type Host, startHost } from './host.ts';
import { labelled } from './labelled.ts';
import { copySamples } from './samples.ts';
import { type Theme, themeSettings, userSettings } from './settings.ts';
import { SideView } from './sideView.ts';
import { copyForWebHost } from './webHost.ts';

const artifactsFolder = fileURLToPath(new URL('../../artifacts', import.meta.url));

/** How long the workbench may take to show something on a busy machine. */
const PATIENCE_MS = 60_000;

/** Where scripts and documents of webviews come from; other messages are the workbench's own. */
const PAGE_URL = /vscode-resource|contrib\/webview/;

export interface WorkbenchOptions {
  theme?: Theme;
  /** User settings on top of the harness's own, such as `{ 'tensorLoupe.threads': 1 }`. */
  settings?: Record<string, unknown>;
  /** Size of the window in CSS pixels. */
  viewport?: { width: number; height: number };
  /** Display language that extensions are told, such as `de`; the workbench itself stays English without a language pack. */
  language?: string;
  /** Runs the extension in the web extension host, a Web Worker of the browser. */
  webHost?: boolean;
  /** The browser has WebGPU, by its software adapter. */
  webgpu?: boolean;
  /** Fills the workspace folder before it opens; without it, the samples are copied there. */
  fill?: (workspace: string) => void;
}

/** A real VS Code workbench in a real browser, with the packed extension installed and a workspace of its own. */
export class Workbench {
  /** Those that are open now. */
  static readonly opened = new Set<Workbench>();

  /** Playwright's page, for what the helpers do not cover. */
  readonly page: Page;
  /** The workspace folder on disk, deleted at the end. */
  readonly workspace: string;
  readonly explorer: Explorer;
  /** The extension's view container in the activity bar. */
  readonly loupeView: SideView;
  readonly contextMenu: ContextMenu;
  /** Errors that the extension's pages wrote to the console, for tests that assert silence. */
  readonly pageErrors: string[] = [];

  readonly #browser: Browser;
  readonly #host: Host;
  readonly #folder: string;
  readonly #workspaceSettings: Record<string, unknown> = {};

  private constructor(browser: Browser, page: Page, host: Host, folder: string) {
    this.#browser = browser;
    this.#host = host;
    this.#folder = folder;
    this.page = page;
    this.workspace = join(folder, 'workspace');
    this.contextMenu = new ContextMenu(page);
    this.explorer = new Explorer(page, this.contextMenu);
    this.loupeView = new SideView(page, 'Tensor Loupe', this.contextMenu);
    page.on('console', (message) => {
      const isOurs = PAGE_URL.test(message.location().url);
      if (message.type() === 'error' && isOurs) this.pageErrors.push(message.text());
    });
  }

  /** Starts the host and the browser and opens the workspace. Ends with {@link close}. */
  static async open(options: WorkbenchOptions = {}): Promise<Workbench> {
    const folder = mkdtempSync(join(tmpdir(), 'tensor-loupe-workbench-'));
    const workspace = join(folder, 'workspace');
    mkdirSync(workspace);
    (options.fill ?? copySamples)(workspace);
    const settings = { ...userSettings(options.theme ?? 'dark'), ...options.settings };
    writeSettings(join(folder, 'user-data', 'User'), settings);
    const host = await startHost({
      workspace,
      extensionsFolder: options.webHost
        ? copyForWebHost(inject('extensionsFolder'), join(folder, 'extensions'))
        : inject('extensionsFolder'),
      userDataFolder: join(folder, 'user-data'),
    });
    const browser = await launchBrowser(inject('browserPath'), options.webgpu ? SOFTWARE_GPU_FLAGS : []);
    const context = await browser.newContext({
      viewport: options.viewport ?? { width: 1440, height: 900 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    // Where the workbench's own translation, if one were installed, says which language it is in.
    if (options.language) await context.addInitScript(`globalThis._VSCODE_NLS_LANGUAGE = '${options.language}';`);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const workbench = new Workbench(browser, page, host, folder);
    Workbench.opened.add(workbench);
    await page.goto(host.url);
    await workbench.waitUntilReady();
    return workbench;
  }

  /** Waits until the workbench is drawn and the Explorer lists the workspace. */
  async waitUntilReady(): Promise<void> {
    await this.page.locator('.monaco-workbench[class*=theme] .part.statusbar').waitFor();
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  /** Reloads the window by the command of that name, which saves the window's state first (a page reload does not). */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.runCommand('Developer: Reload Window');
    await loaded;
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
  }

  /**
   * Changes settings while the workbench runs. They become workspace settings, because the server watches the workspace
   * but not its own user settings; so a setting of scope `application` or `machine` goes into {@link WorkbenchOptions}.
   */
  changeSettings(settings: Record<string, unknown>): void {
    Object.assign(this.#workspaceSettings, settings);
    writeSettings(join(this.workspace, '.vscode'), this.#workspaceSettings);
  }

  /** Switches the colour theme and waits until the workbench wears it. */
  async setTheme(theme: Theme): Promise<void> {
    this.changeSettings(themeSettings(theme));
    const themeClass = { dark: 'vs-dark', light: 'vs', 'high-contrast': 'hc-black', 'high-contrast-light': 'hc-light' };
    await this.page.locator(`.monaco-workbench.${themeClass[theme]}`).waitFor();
  }

  /** Runs a command by its title in the palette, such as "Tensor Loupe: Open Checkpoint...". */
  async runCommand(title: string): Promise<void> {
    await this.#openPalette();
    await this.fillQuickInput(`>${title}`);
    const wanted = labelled(this.page, this.quickInput.locator('.monaco-list-row'), title).first();
    await wanted.waitFor();
    // By keyboard, because rows still move under a pointer while late results arrive.
    while (!(await this.#isFocusedRow(wanted))) await this.page.keyboard.press('ArrowDown');
    await this.page.keyboard.press('Enter');
  }

  /** F1 is lost while a menu or a page that had the focus is closing, so it is pressed until the palette is there. */
  async #openPalette(): Promise<void> {
    const isOpen = () =>
      this.quickInput.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => false, // not yet
      );
    for (let attempt = 0; attempt < 10; attempt++) {
      await this.page.keyboard.press('F1');
      if (await isOpen()) return;
    }
    throw new Error('the command palette does not open');
  }

  async #isFocusedRow(row: Locator): Promise<boolean> {
    const classes = await row.getAttribute('class');
    return classes?.split(' ').includes('focused') ?? false;
  }

  /** Titles that the palette offers for `text`. Closes the palette again. */
  async paletteTitles(text: string): Promise<string[]> {
    await this.#openPalette();
    await this.fillQuickInput(`>${text}`);
    await this.quickInput.locator('.monaco-list-row').first().waitFor();
    const titles = await this.quickInput.locator('.monaco-list-row .label-name').allTextContents();
    await this.page.keyboard.press('Escape');
    return titles;
  }

  /** The box of quick picks, input boxes and (in a browser) file dialogs. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible');
  }

  async fillQuickInput(text: string): Promise<void> {
    await this.quickInput.locator('input[type=text]').first().fill(text);
  }

  /** Clicks the quick pick whose label contains `label`. */
  async pick(label: string | RegExp): Promise<void> {
    await this.quickInput.locator('.monaco-list-row').filter({ hasText: label }).first().click();
  }

  /** The inner frame of the visible custom editor or webview view: the extension's own page. */
  get editor(): FrameLocator {
    return this.page
      .locator('iframe.webview.ready')
      .filter({ visible: true })
      .first()
      .contentFrame()
      .frameLocator('#active-frame');
  }

  /** A tab of the editor area by its name. */
  tab(name: string): Locator {
    return this.page.locator('.tabs-container .tab').filter({ hasText: name });
  }

  /** Closes every editor. */
  async closeEditors(): Promise<void> {
    await this.runCommand('View: Close All Editors');
    await this.page.locator('.tabs-container .tab').first().waitFor({ state: 'detached' });
  }

  /** A button at the top right of the editor area. */
  editorAction(title: string): Locator {
    return this.page.locator('.editor-actions .action-label').and(this.page.getByRole('button', { name: title }));
  }

  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text });
  }

  /** A notification with this text; its buttons are inside it. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
  }

  /** The modal dialog; its buttons are inside it. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** Writes a picture of the window to test/artifacts/NAME.png. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(artifactsFolder, { recursive: true });
    await this.page.screenshot({ path: join(artifactsFolder, `${name}.png`) });
  }

  /** Stops browser and host and deletes the workspace. */
  async close(): Promise<void> {
    Workbench.opened.delete(this);
    await this.#browser.close();
    await this.#host.stop();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function writeSettings(folder: string, settings: Record<string, unknown>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings, null, 2));
}

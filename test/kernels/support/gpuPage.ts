import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Quantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { WeightDtype } from '../../../src/kernels/wgsl/searchKernel.ts';
import { findBrowser, SOFTWARE_GPU_FLAGS } from '../../workbench/support/browser.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** A secure context, without which there is no `navigator.gpu`. */
const ORIGIN = 'https://gpu.test/';

export interface PageSearch {
  readonly quantizer: Quantizer;
  readonly dtype: WeightDtype;
  /** Zeros are made in the page: as many as there are to be. */
  readonly bytes: Uint8Array | 'zeros';
  readonly rows: number;
  readonly inputs: number;
  readonly rounds?: number;
}

/** Searches with the same options share a `GpuSearches`. */
export interface PageOptions {
  /** By subgroup operations, as far as the adapter has them. */
  readonly subgroups?: boolean;
  /** In place of the limits of the adapter. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly ringBytes?: number;
}

export interface PageFound {
  readonly values: Float32Array;
  readonly sums: Float64Array;
}

export interface PageBuffers {
  /** What the searches say of themselves. */
  readonly told: number;
  /** What the device has, for all searches in the page, and the most it had since the last `close`. */
  readonly live: number;
  readonly most: number;
  /** Buffers that were made so far. */
  readonly made: number;
  /** Errors of the device that nobody took, since they were asked for. */
  readonly uncaptured: readonly string[];
}

/** The searches of `src/kernels/wgsl` in a browser's page on its software adapter. */
export class GpuPage {
  readonly #browser: Browser;
  readonly #page: Page;
  /** Lanes of subgroup operations; 1: none. */
  readonly subgroup: number;

  private constructor(browser: Browser, page: Page, subgroup: number) {
    this.#browser = browser;
    this.#page = page;
    this.subgroup = subgroup;
  }

  /** @returns the page, or the reason why there is no adapter to test on */
  static async open(): Promise<GpuPage | string> {
    const executablePath = findBrowser();
    if (executablePath === undefined) return 'no Chromium';
    const bundle = await build({
      absWorkingDir: root,
      entryPoints: ['test/kernels/support/gpuPageEntry.ts'],
      bundle: true,
      write: false,
      format: 'iife',
      logLevel: 'error',
    });
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...SOFTWARE_GPU_FLAGS] });
    const page = await browser.newPage();
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<!DOCTYPE html>' }));
    await page.goto(ORIGIN);
    await page.addScriptTag({ content: bundle.outputFiles[0]?.text ?? '' });
    const opened = await page.evaluate('searchOnGpu.open()');
    if (typeof opened === 'number') return new GpuPage(browser, page, opened);
    await browser.close();
    return String(opened);
  }

  async search(search: PageSearch, options: PageOptions = {}): Promise<PageFound> {
    const [found] = await this.searchAll([search], options);
    if (found instanceof Error) throw found;
    return found!;
  }

  /** Side by side, in one page. */
  async searchAll(searches: readonly PageSearch[], options: PageOptions = {}): Promise<(PageFound | Error)[]> {
    const asked = searches.map(({ bytes, ...rest }) => ({
      ...rest,
      base64: bytes === 'zeros' ? null : Buffer.from(bytes).toString('base64'),
    }));
    const found = (await this.#ask('searchAll', asked, options)) as readonly (
      | { values: number[]; sums: number[] }
      | { error: string }
    )[];
    return found.map((each) =>
      'error' in each
        ? new Error(each.error)
        : { values: Float32Array.from(each.values), sums: Float64Array.from(each.sums) },
    );
  }

  async buffers(options: PageOptions): Promise<PageBuffers> {
    return (await this.#ask('buffers', options)) as PageBuffers;
  }

  async closeSearches(options: PageOptions): Promise<void> {
    await this.#ask('close', options);
  }

  /** Takes the device away, as a driver that resets does. */
  async destroyDevice(): Promise<void> {
    await this.#ask('destroy');
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  #ask(what: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.#page.evaluate(`searchOnGpu.${what}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);
  }
}

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Quantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { WeightDtype } from '../../../src/kernels/wgsl/searchKernel.ts';
import { findBrowser } from '../../workbench/support/browser.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** A secure context, without which there is no `navigator.gpu`. */
const ORIGIN = 'https://gpu.test/';
/** SwiftShader, Chromium's own software adapter: it proves results, not speed. */
const FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

export interface PageSearch {
  readonly quantizer: Quantizer;
  readonly dtype: WeightDtype;
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly inputs: number;
  readonly rounds?: number;
  /** In place of the limits of the adapter. */
  readonly limits?: Readonly<Record<string, number>>;
}

export interface PageFound {
  readonly values: Float32Array;
  readonly sums: Float64Array;
}

/** The searches of `src/kernels/wgsl` in a browser's page on its software adapter. */
export class GpuPage {
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
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
    const browser = await chromium.launch({ executablePath, args: FLAGS });
    const page = await browser.newPage();
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<!DOCTYPE html>' }));
    await page.goto(ORIGIN);
    await page.addScriptTag({ content: bundle.outputFiles[0]?.text ?? '' });
    const why = await page.evaluate('searchOnGpu.open()');
    if (why === null) return new GpuPage(browser, page);
    await browser.close();
    return String(why);
  }

  async search({ bytes, ...rest }: PageSearch): Promise<PageFound> {
    const asked = JSON.stringify({ ...rest, base64: Buffer.from(bytes).toString('base64') });
    const found = (await this.#page.evaluate(`searchOnGpu.search(${asked})`)) as { values: number[]; sums: number[] };
    return { values: Float32Array.from(found.values), sums: Float64Array.from(found.sums) };
  }

  /** Takes the device away, as a driver that resets does. */
  async destroyDevice(): Promise<void> {
    await this.#page.evaluate('searchOnGpu.destroy()');
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

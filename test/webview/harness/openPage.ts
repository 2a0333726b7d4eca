import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { bundledScripts } from '../../../scripts/bundledScripts.mjs';
import type { Scenario } from './scenario.ts';
import { THEMES, type ThemeName } from './themes.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const ORIGIN = 'http://page.test';
/** The content security policy of `src/extension/editor/html.ts`, with this origin as the webview's source. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'nonce-harness'",
  `style-src ${ORIGIN} 'nonce-harness'`,
  `font-src ${ORIGIN}`,
  `img-src ${ORIGIN}`,
  'worker-src blob:',
].join('; ');

export interface OpenedPage {
  readonly page: Page;
  /** Errors of scripts and violations of the content security policy; a test expects none. */
  readonly complaints: readonly string[];
}

export interface PageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
}

interface Bundle {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly fakeHost: string;
}

let bundled: Promise<Bundle> | null = null;

/** The page as `esbuild.mjs` builds it, and the fake host beside it; once per run. */
export function bundlePage(): Promise<Bundle> {
  bundled ??= makeBundle();
  return bundled;
}

async function makeBundle(): Promise<Bundle> {
  const common = {
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'iife',
    target: 'chrome122',
    logLevel: 'error',
  } as const;
  const page = await build({
    ...common,
    entryPoints: { page: 'webview/main.ts' },
    outdir: 'dist/webview',
    assetNames: '[name]',
    loader: { '.ttf': 'file', '.svg': 'text' },
    plugins: [bundledScripts({ target: 'chrome122' })],
  });
  const host = await build({ ...common, entryPoints: ['test/webview/harness/fakeHost.ts'] });
  const files = new Map(page.outputFiles.map((file) => [file.path.split('/').pop() ?? '', Buffer.from(file.contents)]));
  return { files, fakeHost: host.outputFiles[0]?.text ?? '' };
}

/** The document as the extension makes it: addresses and a nonce, no data. */
export const DOCUMENT = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${ORIGIN}/page.css">
<title>Tensor Loupe</title>
</head>
<body>
<main id="page"></main>
<script nonce="harness" src="${ORIGIN}/page.js"></script>
</body>
</html>`;

/** Opens the page over a fake host that plays `scenario`. */
export async function openPage(browser: Browser, scenario: Scenario, options: PageOptions = {}): Promise<OpenedPage> {
  const { theme = 'dark', width = 1100, height = 766, scale = 1 } = options;
  const { files, fakeHost } = await bundlePage();
  const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: scale });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error.stack)));
  page.on('console', (message) => {
    if (message.type() === 'error' || /content security policy/i.test(message.text())) complaints.push(message.text());
  });
  await page.route(`${ORIGIN}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') return route.fulfill({ body: DOCUMENT, contentType: 'text/html' });
    const body = files.get(name);
    return body ? route.fulfill({ body, contentType: typeOf(name) }) : route.fulfill({ status: 404 });
  });
  await page.addInitScript(applyTheme, THEMES[theme]);
  await page.addInitScript((given) => {
    window.scenario = given;
  }, scenario);
  await page.addInitScript(fakeHost);
  await page.goto(`${ORIGIN}/`);
  return { page, complaints };
}

/** As VS Code does: variables on `html`, the kind of theme as a class of `body`. Runs in the browser. */
export function applyTheme({
  bodyClass,
  variables,
}: {
  bodyClass: string;
  variables: Readonly<Record<string, string>>;
}): void {
  const apply = (): void => {
    for (const [name, value] of Object.entries(variables)) {
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
    }
    document.body.className = bodyClass;
  };
  if (document.body) apply();
  else
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      observer.disconnect();
      apply();
    }).observe(document, { childList: true, subtree: true });
}

function typeOf(name: string): string {
  if (name.endsWith('.js')) return 'text/javascript';
  return name.endsWith('.css') ? 'text/css' : 'font/ttf';
}

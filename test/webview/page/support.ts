import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { ensureBrowser, launchBrowser } from '../../workbench/support/browser.ts';
import { type OpenedPage, openPage, type PageOptions } from '../harness/openPage.ts';
import type { Scenario } from '../harness/scenario.ts';

let browser: Browser;
let opened: OpenedPage[] = [];

/** One browser for a test file; every page of a test is closed after it, and must have had nothing to complain about. */
export function usePages(): void {
  beforeAll(async () => {
    browser = await launchBrowser(ensureBrowser());
  });
  afterEach(async () => {
    const complaints = opened.flatMap((each) => each.complaints);
    await Promise.all(opened.map((each) => each.page.close()));
    opened = [];
    expect(complaints).toEqual([]);
  });
  afterAll(() => browser.close());
}

export async function open(scenario: Scenario, options?: PageOptions): Promise<Page> {
  const each = await openPage(browser, scenario, options);
  opened.push(each);
  return each.page;
}

/** Waits until the first pass of the page is over. */
export async function openMeasured(scenario: Scenario, options?: PageOptions): Promise<Page> {
  const page = await open(scenario, options);
  await page.getByText('Figures exact').waitFor();
  await nextFrame(page);
  return page;
}

/** Waits until what changed is drawn. */
export function nextFrame(page: Page): Promise<void> {
  return page.evaluate(
    () => new Promise<void>((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn()))),
  );
}

/** The calls of one kind that the page made, oldest first. */
export function callsOf(page: Page, kind: string): Promise<unknown[]> {
  return page.evaluate(
    (wanted) => window.fakeHost.calls.filter((call) => call.kind === wanted).map((call) => call.ask),
    kind,
  );
}

/** The text of elements as it is rendered, hidden parts left out. */
export function shownText(where: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: what is rendered is what is tested
  return where.innerText();
}

/** The rows of the table from top to bottom: the text of each cell. */
export function tableRows(page: Page): Promise<string[][]> {
  return page
    .locator('.virtual-rows .table-row')
    .evaluateAll((rows) =>
      [...rows]
        .sort((a, b) => Number((a as HTMLElement).dataset.index) - Number((b as HTMLElement).dataset.index))
        .map((row) => [...row.children].map((cell) => cell.getAttribute('aria-label') ?? cell.textContent ?? '')),
    );
}

/** Rules of axe-core that do not fit: figures are printed short and read in words ("19.9" is "SQNR 19.86 decibels"). */
const AXE_OFF = ['label-content-name-mismatch'];

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong, one line each. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async (off) => {
    const { axe } = window as unknown as {
      axe: {
        run(
          context: Document,
          options: unknown,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run(document, {
      rules: Object.fromEntries(off.map((id) => [id, { enabled: false }])),
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
    );
  }, AXE_OFF);
}

/** What a screen reader says of the focused element. */
export function focusedName(page: Page): Promise<string> {
  return page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
  );
}

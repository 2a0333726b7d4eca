import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Scenario } from '../harness/scenario.ts';
import { callsOf, focusedName, nextFrame, open, shownText, usePages, violationsOf } from './support.ts';

usePages();

const EXPORT: Scenario = { model: 'gpt2', choices: { page: 'export' } };

const start = (page: Page) => page.getByRole('button', { name: /^Export \d+ Files/ });
const card = (page: Page, name: string) => page.getByRole('radio', { name });

async function openExport(scenario: Scenario = EXPORT, options?: Parameters<typeof open>[1]): Promise<Page> {
  const page = await open(scenario, options);
  await start(page).waitFor();
  await nextFrame(page);
  return page;
}

test('every file is listed with its bytes before anything is written', async () => {
  const page = await openExport();
  expect(await shownText(page.locator('.file-list').first())).toMatch(/model\.safetensors[\s\S]*139,466,848[\s\S]*new/);
  expect(await shownText(page.locator('.file-section'))).toMatch(/8 files, 214\.0\sGB free/);
  expect(await callsOf(page, 'export/start')).toEqual([]);
});

test('cards are radio buttons that the keyboard walks and chooses', async () => {
  const page = await openExport();
  await card(page, 'loupe').focus();
  await page.keyboard.press('ArrowRight');
  expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.format)).toBe('dequantized');
  await page.keyboard.press('Enter');
  await expect.poll(() => card(page, 'dequantized').getAttribute('aria-checked')).toBe('true');
  expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.format)).toBe('dequantized');
  await expect.poll(() => shownText(page.locator('.file-list').first())).toContain('261,');
});

test('a format that no loader opens is off until the person insists', async () => {
  const page = await openExport({ model: 'gpt2', choices: { page: 'export', format: 'compressed-tensors' } });
  expect(await shownText(card(page, 'compressed-tensors'))).toContain('No loader opens this model');
  expect(await start(page).isDisabled()).toBe(true);
  await page.getByRole('checkbox', { name: 'Save although no loader opens it' }).click();
  await expect.poll(() => start(page).isDisabled()).toBe(false);
});

test('a format that cannot hold the plan stays readable and offers a plan that fits', async () => {
  const page = await openExport({
    model: 'gpt2',
    choices: { page: 'export', format: 'compressed-tensors' },
    export: { isRefused: true },
  });
  const refused = card(page, 'compressed-tensors');
  expect(await refused.getAttribute('aria-disabled')).toBe('true');
  expect(await shownText(refused)).toMatch(/Unavailable: .*\(and 1 more\)/);
  expect(await start(page).isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Try rtn 4 group 128' }).click();
  await expect
    .poll(async () => (await callsOf(page, 'export/cards')).at(-1))
    .toEqual({ spec: { id: 'rtn', bits: 4, unit: 'group', groupSize: 128 } });
});

test('what stands at the destination is replaced only when ticked', async () => {
  const page = await openExport({ ...EXPORT, export: { exists: true } });
  expect(await start(page).isDisabled()).toBe(true);
  expect(await shownText(page.locator('.export-foot'))).toContain('The destination exists');
  await page.getByRole('checkbox', { name: 'Replace what is there' }).click();
  await start(page).click();
  await expect.poll(() => callsOf(page, 'export/start')).toHaveLength(1);
  expect((await callsOf(page, 'export/start'))[0]).toMatchObject({ choice: { force: true, format: 'loupe' } });
});

test('a destination with files of others is refused, and the reason says what to do', async () => {
  const page = await openExport({ ...EXPORT, export: { exists: true, hasStrangers: true } });
  await page.getByRole('checkbox', { name: 'Replace what is there' }).click();
  expect(await start(page).isDisabled()).toBe(true);
  expect(await shownText(page.locator('.export-foot'))).toMatch(/notes\.txt.*Choose another target/);
});

test('what does not go along is noted under the files', async () => {
  const page = await openExport();
  expect(await shownText(page.locator('.file-section'))).toContain('vocab.bpe is a link to nothing');
});

test('another folder is chosen, and the tick is asked for again', async () => {
  const page = await openExport({ ...EXPORT, export: { exists: true } });
  await page.getByRole('checkbox', { name: 'Replace what is there' }).click();
  await page.getByRole('button', { name: 'Browse...' }).click();
  await expect
    .poll(async () => (await callsOf(page, 'export/preview')).at(-1))
    .toMatchObject({ choice: { out: 'models/elsewhere', force: false } });
});

test('a running export shows bytes, speed, steps and tensors, and is cancelled', async () => {
  const page = await openExport({ ...EXPORT, export: { end: 'running' } });
  await start(page).click();
  const bar = page.getByRole('progressbar', { name: 'Exporting' });
  await expect.poll(() => bar.getAttribute('aria-valuenow')).toBe('57');
  expect(await shownText(page.locator('.progress-facts'))).toMatch(/149\.1\sMB of 261\.5\sMB[\s\S]*215\.0\sMB\/s/);
  expect(await shownText(page.locator('.run-tensors'))).toMatch(/91 of 160 done[\s\S]*c_attn/);
  expect(await shownText(page.locator('[aria-current=step]'))).toContain('Write');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Export cancelled').waitFor();
  expect(await callsOf(page, 'export/cancel')).toHaveLength(1);
  await page.getByRole('button', { name: 'Back' }).click();
  await start(page).waitFor();
});

test('focus follows from view to view', async () => {
  const page = await openExport();
  await start(page).focus();
  await page.keyboard.press('Enter');
  await page.getByText(/^Exported 8 files/).waitFor();
  expect(await focusedName(page)).toBe('Open Exported Checkpoint');
});

test('a finished export shows its verification, worst first, with a filter', async () => {
  const page = await openExport();
  await start(page).click();
  await page.getByText(/^Exported 8 files, [\d,]+ bytes, and verified them/).waitFor();
  expect(await shownText(page.locator('.checks'))).toMatch(
    /48 packed tensors[\s\S]*112 kept tensors[\s\S]*SQNR 19\.\d{4}\sdB/,
  );
  const table = page.getByRole('table', { name: 'Verification' });
  expect(await table.getAttribute('aria-rowcount')).toBe('49');
  const figures = await page
    .locator('.virtual-rows .done-row')
    .evaluateAll((rows) => rows.map((row) => Number(row.children[3]?.textContent)));
  expect(figures).toEqual([...figures].sort((a, b) => a - b));
  await page.getByRole('textbox', { name: 'Filter tensors by name' }).fill('h.7 c_fc');
  await expect.poll(() => table.getAttribute('aria-rowcount')).toBe('2');
  await page.getByRole('button', { name: 'Open Exported Checkpoint' }).click();
  expect(await callsOf(page, 'export/reveal')).toEqual([
    { path: 'models/gpt2-absmax4-g32/model.safetensors', open: true },
  ]);
});

test('a failed export says why and what to do, and leads back', async () => {
  const page = await openExport({ ...EXPORT, export: { end: 'failed' } });
  await start(page).click();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await shownText(alert)).toMatch(/No space left[\s\S]*save\/no-space/);
  await page.getByRole('button', { name: 'Back' }).click();
  await start(page).waitFor();
});

test('a packed checkpoint is not exported again', async () => {
  const page = await open({ model: 'packed', choices: { page: 'export' } });
  await page.getByText('Export is off').waitFor();
  expect(await start(page).count()).toBe(0);
});

test.each(['dark', 'light', 'high-contrast'] as const)('axe finds nothing wrong in %s', async (theme) => {
  const page = await openExport(EXPORT, { theme });
  expect(await violationsOf(page)).toEqual([]);
  await start(page).click();
  await page.getByText(/^Exported 8 files/).waitFor();
  expect(await violationsOf(page)).toEqual([]);
});

test.each([1100, 752, 420])('nothing runs out of the page at %i px', async (width) => {
  const page = await openExport(EXPORT, { width, height: 900 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  expect(await page.locator('.export-scroll').evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
});

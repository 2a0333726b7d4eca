import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { COMPARISON_SET } from '../../src/core/quantizers/comparisonSet.ts';
import { Workbench } from './support/workbench.ts';

const GPT2 = 'gpt2-shakespeare/model.safetensors';
/** Work over the whole model on a busy machine. */
const PATIENCE_MS = 60_000;

let workbench: Workbench;
beforeAll(async () => {
  workbench = await Workbench.open();
});
afterAll(() => workbench?.close());
afterEach(async () => {
  await workbench.closeEditors();
});

async function openModelPage(): Promise<void> {
  await workbench.explorer.doubleClick(GPT2);
  // The page remembers which of its tabs was in front.
  await workbench.editor.getByRole('tab', { name: 'Model' }).click();
  await waitUntilMeasured();
}

async function openTensorPage(name: string): Promise<void> {
  await workbench.explorer.doubleClick(GPT2);
  await workbench.editor.getByRole('tab', { name: 'Model' }).waitFor();
  await workbench.runCommand('Tensor Loupe: Go to Tensor...');
  await workbench.fillQuickInput(name);
  await workbench.pick(name);
  await workbench.editor.getByRole('tab', { name: 'Tensor', selected: true }).waitFor();
  await waitUntilMeasured();
}

async function waitUntilMeasured(): Promise<void> {
  await workbench.editor.getByText(/^Figures exact/).waitFor();
}

/** Chooses an option of a field of the quantizer bar that is in front. */
async function choose(field: string, option: string | RegExp): Promise<void> {
  const dropdown = bar().locator(`.${field} vscode-dropdown`);
  await dropdown.click();
  await dropdown.locator('vscode-option').filter({ hasText: option }).first().click();
}

function bar(): Locator {
  return workbench.editor.locator('.bar').filter({ visible: true });
}

function totals(): Promise<string | null> {
  return bar().locator('.totals').textContent();
}

test('NF4 is chosen, saved for bitsandbytes, verified, and opened again as NF4', async () => {
  await openModelPage();
  const before = await totals();
  await choose('field-quantizer', /^\s*nf4/);
  await expect.poll(totals, { timeout: PATIENCE_MS }).not.toBe(before);
  await waitUntilMeasured();
  // Codes of 4 bits and an F32 scale for 64 of them, though the format that is chosen holds no NF4.
  await expect.poll(totals, { timeout: PATIENCE_MS }).toMatch(/2\.5\d\s*MB.*4\.5\d.*20\.\d\d\s*dB/);
  await workbench.screenshot('quantizer-nf4-dark');

  await workbench.explorer.chooseInContextMenu(GPT2, 'Export Packed Model...');
  const { editor } = workbench;
  const card = editor.getByRole('radio', { name: /bitsandbytes/ });
  await card.waitFor();
  await card.click();
  await workbench.screenshot('export-bitsandbytes-dark');
  expect(await card.textContent()).toMatch(/GPT-2/);
  const out = join(workbench.workspace, 'gpt2-nf4');
  const destination = editor.getByRole('textbox', { name: 'Destination' });
  await destination.fill(out);
  await destination.press('Enter');
  const start = editor.getByRole('button', { name: /^Export \d+ Files?$/ });
  await expect.poll(() => start.isEnabled(), { timeout: 20_000 }).toBe(true);
  await start.click();
  await editor.getByText(/and verified them/).waitFor({ timeout: PATIENCE_MS });
  await workbench.screenshot('export-bitsandbytes-done-dark');
  const { quantization_config } = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
  expect(quantization_config).toMatchObject({ quant_method: 'bitsandbytes', bnb_4bit_quant_type: 'nf4' });

  await editor.getByRole('button', { name: 'Open Exported Checkpoint' }).click();
  await workbench.tab('gpt2-nf4').or(workbench.tab('model.safetensors')).first().waitFor();
  await editor.getByText(/NF4/).first().waitFor();
  await workbench.screenshot('model-nf4-dark');
  await workbench.closeEditors();
  rmSync(out, { recursive: true });
  await workbench.explorer.waitUntilGone('gpt2-nf4');
});

test('a clip handle is moved by keys and by the pointer; SQNR and clipped share follow', async () => {
  await openTensorPage('transformer.h.0.attn.c_attn.weight');
  await choose('field-quantizer', /^\s*absmax\b(?!-)/);
  await choose('field-unit', /tensor/);
  await choose('field-clip', /none/);
  await waitUntilMeasured();
  const upper = workbench.editor.getByRole('slider', { name: 'Upper end of the clip' });
  await upper.waitFor();
  const full = Number(await upper.getAttribute('aria-valuenow'));
  const before = await totals();
  await upper.focus();
  await workbench.page.keyboard.press('Shift+ArrowLeft');
  await workbench.page.keyboard.press('Shift+ArrowLeft');
  await expect.poll(async () => Number(await upper.getAttribute('aria-valuenow'))).toBeLessThan(full);
  await expect.poll(totals).not.toBe(before);
  expect(await upper.getAttribute('aria-valuetext')).toMatch(/[1-9].*clipped$/);
  await waitUntilMeasured();
  await workbench.screenshot('clip-keys-dark');

  const byKeys = await totals();
  const box = await upper.boundingBox();
  if (!box) throw new Error('the handle has no place');
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await workbench.page.mouse.move(at.x, at.y);
  await workbench.page.mouse.down();
  await workbench.page.mouse.move(at.x - 50, at.y, { steps: 5 });
  await workbench.page.mouse.up();
  await expect.poll(totals).not.toBe(byKeys);
  await expect.poll(() => bar().locator('.field-clip').textContent()).toContain('absolute');
  await waitUntilMeasured();
  await workbench.screenshot('clip-drag-dark');
  await workbench.setTheme('light');
  await workbench.screenshot('clip-drag-light');
  await workbench.setTheme('dark');
  await upper.focus();
  await workbench.page.keyboard.press('End');
  await expect.poll(async () => Number(await upper.getAttribute('aria-valuenow'))).toBe(full);
});

test('quantizers are compared and two are stacked over the whole model', async () => {
  await openModelPage();
  const { editor } = workbench;
  await editor.getByRole('radio', { name: 'Compare Quantizers' }).click();
  await editor.getByRole('button', { name: 'Compare', exact: true }).click();
  await editor.getByRole('img', { name: /^Bits per weight against SQNR of \d/ }).waitFor({ timeout: PATIENCE_MS });
  await expect.poll(() => editor.locator('.compare-body:visible .skeleton').count(), { timeout: PATIENCE_MS }).toBe(0);
  await workbench.screenshot('model-compare-dark');
  await editor.getByRole('radio', { name: 'Stack Two' }).click();
  await editor.getByText('Draw', { exact: true }).click();
  await editor.getByRole('img', { name: /above and zero-point 8, tensor below/ }).waitFor({ timeout: PATIENCE_MS });
  await workbench.screenshot('model-stack-dark');
  await workbench.setTheme('light');
  await workbench.screenshot('model-stack-light');
  await editor.getByRole('radio', { name: 'Compare Quantizers' }).click();
  await workbench.screenshot('model-compare-light');
  await workbench.setTheme('dark');
  await editor.getByRole('radio', { name: 'Tensors' }).click();
  expect(workbench.pageErrors).toEqual([]);
});

test('all presets are compared on a tensor, the Pareto front is marked, and the table is saved as CSV', async () => {
  await openTensorPage('transformer.h.3.mlp.c_fc.weight');
  const { editor } = workbench;
  await editor.getByRole('button', { name: 'Compare All' }).click();
  const rows = editor.locator('.compare-body:visible .compare-row');
  await expect.poll(() => rows.count(), { timeout: PATIENCE_MS }).toBeGreaterThanOrEqual(COMPARISON_SET.length);
  await expect.poll(() => editor.locator('.compare-body:visible .skeleton').count(), { timeout: PATIENCE_MS }).toBe(0);
  await workbench.screenshot('compare-all-dark');
  expect(await editor.getByRole('rowheader', { name: /Pareto front$/ }).count()).toBeGreaterThan(2);

  await workbench.page.waitForTimeout(300);
  const csv = join(workbench.workspace, 'comparison.csv');
  await editor.getByRole('button', { name: 'Export the comparison' }).click();
  await editor.getByRole('menuitem', { name: 'CSV table…' }).click();
  const name = workbench.quickInput.locator('input[type=text]').first();
  await expect.poll(() => name.inputValue(), { timeout: 20_000 }).toContain('c_fc.weight.comparison.csv');
  await name.fill(csv);
  // The dialog hears no Enter while it reads its folder.
  const isSaved = async (): Promise<boolean> => {
    if (await name.isVisible()) await name.press('Enter');
    return existsSync(csv);
  };
  await expect.poll(isSaved, { timeout: 20_000, interval: 500 }).toBe(true);
  const lines = readFileSync(csv, 'utf8').trim().split('\r\n');
  expect(lines.length).toBe((await rows.count()) + 1);
  await workbench.setTheme('light');
  await workbench.screenshot('compare-all-light');
  await workbench.setTheme('dark');
  await editor.getByRole('button', { name: 'Compare Few' }).click();
  await expect.poll(() => rows.count()).toBeLessThan(COMPARISON_SET.length);
});

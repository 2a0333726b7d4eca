import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Workbench } from './support/workbench.ts';

const LLAMA = 'llama-shakespeare';
const LLAMA_SHARD = `${LLAMA}/model-00001-of-00003.safetensors`;
const LLAMA_INDEX = `${LLAMA}/model.safetensors.index.json`;
const GPT2 = 'gpt2-shakespeare/model.safetensors';
/** A save and its verification on a busy machine. */
const SAVE_PATIENCE_MS = 60_000;

let workbench: Workbench;
beforeAll(async () => {
  workbench = await Workbench.open();
});
afterAll(() => workbench?.close());
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await workbench.screenshot(`failed-${task.name.slice(0, 40).replace(/\W+/g, '-')}`);
  await workbench.closeEditors();
});

async function openModelPage(file: string): Promise<void> {
  await workbench.explorer.doubleClick(file);
  // The page remembers which of its tabs was in front.
  await workbench.editor.getByRole('tab', { name: 'Model' }).click();
}

/** Waits until the scan is done and every quantized tensor is measured. */
async function waitUntilMeasured(): Promise<void> {
  await workbench.editor.getByText(/Figures exact/).waitFor();
  await workbench.editor
    .getByText(/complete/)
    .first()
    .waitFor();
}

test('a double click opens the Model page: facts, heat map, table and totals of the real checkpoint', async () => {
  await openModelPage(GPT2);
  await waitUntilMeasured();
  const { editor } = workbench;
  expect(await editor.locator('.facts').textContent()).toMatch(/2\.67\s*M|2\.7\s*M/);
  expect(
    await editor
      .getByRole('grid', { name: /Heat map/ })
      .getByRole('rowheader')
      .count(),
  ).toBe(13);
  expect(await editor.locator('.totals').textContent()).toMatch(/\d\d\.\d\d\s*dB/);
  await workbench.screenshot('model-dark');
  await workbench.setTheme('light');
  await workbench.screenshot('model-light');
  await workbench.setTheme('high-contrast');
  await workbench.screenshot('model-high-contrast');
  await workbench.setTheme('dark');
  expect(workbench.pageErrors).toEqual([]);
});

test('another quantizer in the bar gives other figures', async () => {
  await openModelPage(GPT2);
  await waitUntilMeasured();
  const { editor } = workbench;
  const sqnr = editor.locator('.totals .total').nth(2);
  const before = await sqnr.textContent();
  await editor.getByRole('combobox', { name: 'Bits' }).click();
  await editor.getByRole('option', { name: '8' }).click();
  await expect.poll(() => sqnr.textContent(), { timeout: 20_000 }).not.toBe(before);
  await waitUntilMeasured();
  expect(Number.parseFloat((await sqnr.textContent())?.match(/\d+\.\d+/)?.[0] ?? '')).toBeGreaterThan(35);
});

test('a published plan is applied by its name, and the bar comes back when asked for', async () => {
  await openModelPage(GPT2);
  await waitUntilMeasured();
  await workbench.runCommand('Tensor Loupe: Apply Recipe...');
  await workbench.fillQuickInput('gpt2-int8-head');
  await workbench.pick('gpt2-int8-head');
  await workbench.editor.getByText('The plan comes from gpt2-int8-head').waitFor();
  // A page that is drawn anew has the histograms of the scan before.
  await workbench.editor
    .getByRole('row', { name: /wte.weight/ })
    .locator('canvas, svg')
    .first()
    .waitFor();
  const totals = workbench.editor.locator('.totals');
  // With the head that is written apart, as the command line prints it.
  await expect.poll(() => totals.textContent(), { timeout: 30_000 }).toMatch(/3\.28\s*MB−69\.3%.*48\.80\s*dB/);
  await workbench.editor.getByRole('button', { name: 'Use the Quantizer Bar' }).click();
  await workbench.editor.getByText('The plan comes from').waitFor({ state: 'detached' });
});

test('a shard opens its checkpoint, and an index opens as JSON text until it is asked for', async () => {
  await openModelPage(LLAMA_SHARD);
  expect(await workbench.editor.locator('.facts').textContent()).toMatch(/3\.7\s*M/);
  await workbench.closeEditors();
  await workbench.explorer.doubleClick(LLAMA_INDEX);
  await workbench.page.locator('.monaco-editor').first().waitFor();
  await (await workbench.editorAction('Inspect with Tensor Loupe')).click();
  await workbench.editor.getByRole('tab', { name: 'Model' }).waitFor();
  await workbench.screenshot('model-llama-dark');
});

test('the tree lists the checkpoints of the workspace, their modules and tensors in model order', async () => {
  await workbench.loupeView.expand('gpt2-shakespeare', 'transformer', 'h', '0', 'attn');
  const tensor = workbench.loupeView.row('c_attn.weight');
  await tensor.waitFor();
  expect(await tensor.textContent()).toMatch(/F32 · 196\.6\skB/);
  await tensor.click();
  await workbench.editor.getByRole('tab', { name: 'Tensor', selected: true }).waitFor();
  // The chart is drawn once the first quantizers of the comparison are measured.
  await workbench.editor.getByText('Pareto front').waitFor();
  await workbench.editor.getByText('Figures exact').waitFor();
  await workbench.screenshot('tensor-dark');
  await workbench.setTheme('light');
  await workbench.screenshot('tensor-light');
  await workbench.setTheme('dark');
  await workbench.loupeView.chooseInContextMenu('c_attn.weight', 'Copy Tensor Info');
  await expect
    .poll(() => workbench.page.evaluate(() => navigator.clipboard.readText()))
    .toContain('"name": "transformer.h.0.attn.c_attn.weight"');
  await workbench.explorer.show();
});

test('a right click exports the llama to compressed-tensors; the figures are verified from the saved bytes', async () => {
  await workbench.explorer.chooseInContextMenu(LLAMA_SHARD, 'Export Packed Model...');
  const { editor } = workbench;
  await editor.getByRole('tab', { name: 'Export', selected: true }).waitFor();
  await editor.getByRole('radio', { name: /compressed-tensors/ }).waitFor();
  const out = join(workbench.workspace, 'llama-packed');
  const destination = editor.getByRole('textbox', { name: 'Destination' });
  await destination.fill(out);
  await destination.press('Enter');
  const start = editor.getByRole('button', { name: /^Export \d+ Files$/ });
  await expect.poll(() => start.isEnabled(), { timeout: 20_000 }).toBe(true);
  await workbench.screenshot('export-setup-dark');
  await start.click();
  await editor.getByText(/and verified them/).waitFor({ timeout: SAVE_PATIENCE_MS });
  await workbench.screenshot('export-done-dark');
  const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
  expect(config.quantization_config.quant_method).toBe('compressed-tensors');
  expect(readdirSync(out)).toContain('tensor-loupe-report.json');
  expect(readdirSync(workbench.workspace).filter((name) => name.includes('.loupe-'))).toEqual([]);

  await editor.getByRole('button', { name: 'Open Exported Checkpoint' }).click();
  await editor
    .getByText(/INT[48] group/)
    .first()
    .waitFor();
  await workbench.screenshot('model-packed-dark');
  // Other tests find their files by name.
  await workbench.closeEditors();
  rmSync(out, { recursive: true });
  await workbench.explorer.waitUntilGone('llama-packed');
});

test('the compressed-tensors card of a GPT-2 says that no loader opens it, and why', async () => {
  await openModelPage(GPT2);
  await workbench.runCommand('Tensor Loupe: Export Packed Model...');
  const card = workbench.editor.getByRole('radio', { name: /compressed-tensors/ });
  await card.waitFor();
  await expect.poll(() => card.textContent()).toMatch(/Conv1D/);
  await workbench.screenshot('export-gpt2-dark');
});

test('a corrupt file shows what is wrong with it, and a mended one opens on Retry', async () => {
  const file = join(workbench.workspace, 'gpt2-shakespeare', 'cut.safetensors');
  const whole = readFileSync(join(workbench.workspace, GPT2));
  writeFileSync(file, whole.subarray(0, whole.length - 1_000_000));
  await workbench.explorer.doubleClick('gpt2-shakespeare/cut.safetensors');
  await workbench.editor
    .getByText(/1,000,000|cut/)
    .first()
    .waitFor();
  await workbench.screenshot('state-cut-dark');
  writeFileSync(file, whole);
  await workbench.editor.getByRole('button', { name: 'Retry' }).click();
  await workbench.editor.getByRole('tab', { name: 'Model' }).waitFor();
});

test('a file that changes while it is open gets a banner, and Reload reads it again', async () => {
  const file = join(workbench.workspace, 'gpt2-shakespeare', 'cut.safetensors');
  await openModelPage('gpt2-shakespeare/cut.safetensors');
  await waitUntilMeasured();
  const later = new Date(Date.now() + 5000);
  utimesSync(file, later, later);
  await workbench.editor
    .getByText(/changed on disk/)
    .first()
    .waitFor();
  await workbench.editor.getByRole('button', { name: 'Reload' }).click();
  await waitUntilMeasured();
  truncateSync(file, 100);
  await workbench.editor
    .getByText(/changed on disk/)
    .first()
    .waitFor();
  expect(statSync(file).size).toBe(100);
});

test('a reload of the window brings the page back with its tensor and quantizer', async () => {
  await openModelPage(GPT2);
  await waitUntilMeasured();
  await workbench.runCommand('Tensor Loupe: Go to Tensor...');
  await workbench.fillQuickInput('h.3.mlp.c_fc.weight');
  await workbench.pick('transformer.h.3.mlp.c_fc.weight');
  await workbench.editor.getByRole('tab', { name: 'Tensor', selected: true }).waitFor();
  await workbench.page.waitForTimeout(1500); // choices are saved a moment after the last change
  await workbench.reload();
  await workbench.editor.getByRole('tab', { name: 'Tensor', selected: true }).waitFor();
  await workbench.editor.getByText('128 × 512').first().waitFor();
});

test('the terminal finds loupe on its PATH', async () => {
  await workbench.runCommand('Terminal: Create New Terminal');
  await workbench.page.locator('.terminal-wrapper .xterm').first().waitFor();
  await workbench.page.waitForTimeout(2500); // the shell's prompt
  const proof = join(workbench.workspace, 'inspect.json');
  await workbench.page.keyboard.type(`loupe inspect gpt2-shakespeare --json > ${proof}\n`);
  await expect.poll(() => existsSync(proof) && statSync(proof).size > 0, { timeout: 30_000 }).toBe(true);
  await expect.poll(() => readFileSync(proof, 'utf8')).toContain('loupe/inspect/1');
});

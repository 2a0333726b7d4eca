import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Workbench } from './support/workbench.ts';

const GPT2 = 'gpt2-shakespeare/model.safetensors';
/** Files cross a socket here, and one core may have to do for all. */
const PATIENCE_MS = 90_000;

let workbench: Workbench;
beforeAll(async () => {
  workbench = await Workbench.open({ webHost: true });
});
afterAll(() => workbench?.close());
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await workbench.screenshot(`failed-web-${task.name.slice(0, 30).replace(/\W+/g, '-')}`);
  await workbench.closeEditors();
});

async function openModelPage(file: string): Promise<void> {
  await workbench.explorer.doubleClick(file);
  await workbench.editor.getByRole('tab', { name: 'Model' }).click();
}

async function waitUntilMeasured(): Promise<void> {
  await workbench.editor.getByText(/Figures exact/).waitFor({ timeout: PATIENCE_MS });
  await workbench.editor
    .getByText(/complete/)
    .first()
    .waitFor({ timeout: PATIENCE_MS });
}

test('a checkpoint opens in the web extension host, is scanned and measured; the limit is told on the page', async () => {
  await openModelPage(GPT2);
  await waitUntilMeasured();
  const { editor } = workbench;
  expect(await editor.locator('.totals').textContent()).toMatch(/\d\d\.\d\d\s*dB/);
  await editor.getByText(/up to 512 MB in all; 10\.\d MB are open/).waitFor();
  await workbench.statusBarItem(/WASM ×/).waitFor();
  await workbench.screenshot('web-model');
  expect(workbench.pageErrors).toEqual([]);
});

test('the tree opens a tensor with its histogram', async () => {
  await workbench.loupeView.expand('gpt2-shakespeare', 'transformer', 'h', '0', 'attn');
  const tensor = workbench.loupeView.row('c_attn.weight');
  await tensor.click();
  await workbench.editor.getByRole('tab', { name: 'Tensor', selected: true }).waitFor();
  await workbench.editor.getByText('Pareto front').waitFor({ timeout: PATIENCE_MS });
  await workbench.screenshot('web-tensor');
  await workbench.explorer.show();
});

test('an export to the Loupe format is written, verified, put in place, and opens again', async () => {
  await openModelPage(GPT2);
  await workbench.runCommand('Tensor Loupe: Export Packed Model...');
  const { editor } = workbench;
  await editor.getByRole('radio', { name: /^loupe/i }).click();
  const out = join(workbench.workspace, 'gpt2-web');
  const destination = editor.getByRole('textbox', { name: 'Destination' });
  await destination.fill(out);
  await destination.press('Enter');
  const start = editor.getByRole('button', { name: /^Export \d+ Files$/ });
  await expect.poll(() => start.isEnabled(), { timeout: PATIENCE_MS }).toBe(true);
  await workbench.screenshot('web-export-setup');
  await start.click();
  await editor.getByText(/and verified them/).waitFor({ timeout: PATIENCE_MS });
  await workbench.screenshot('web-export-done');
  const report = JSON.parse(readFileSync(join(out, 'tensor-loupe-report.json'), 'utf8'));
  expect(report.run.backend).toBe('wasm');
  expect(report.files.map(({ name }: { name: string }) => existsSync(join(out, name)))).not.toContain(false);
  expect(readdirSync(workbench.workspace).filter((name) => name.includes('.loupe-'))).toEqual([]);

  await editor.getByRole('button', { name: 'Open Exported Checkpoint' }).click();
  await editor
    .getByText(/INT4 group/)
    .first()
    .waitFor();
  await workbench.screenshot('web-model-packed');
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workbench } from './support/workbench.ts';

const GPT2 = 'gpt2-shakespeare/model.safetensors';

let workbench: Workbench;
beforeAll(async () => {
  workbench = await Workbench.open({ language: 'de' });
});
afterAll(() => workbench?.close());

test('menus, pages and reasons are German in a German VS Code', async () => {
  await workbench.explorer.chooseInContextMenu(GPT2, 'Gepacktes Modell exportieren...');
  const { editor } = workbench;
  const card = editor.getByRole('radio', { name: /compressed-tensors/ });
  await card.waitFor();
  await expect
    .poll(() => editor.getByText(/48 seiner quantisierten Schichten sind Conv1D-Module/).count())
    .toBeGreaterThan(0);
  await workbench.screenshot('export-german');
  await editor.getByRole('tab', { name: 'Modell' }).click();
  await editor.getByText(/Werte exakt · Datendurchlauf/).waitFor();
  expect(await editor.locator('.facts').textContent()).toMatch(/2,7\s*M/);
  await workbench.screenshot('model-german');
  await workbench.closeEditors();
});

test('a fault of a file is told in German', async () => {
  const whole = readFileSync(join(workbench.workspace, GPT2));
  writeFileSync(join(workbench.workspace, 'gpt2-shakespeare', 'cut.safetensors'), whole.subarray(0, 1_000_000));
  await workbench.explorer.doubleClick('gpt2-shakespeare/cut.safetensors');
  await workbench.editor
    .getByText(/Am Ende fehlen \d+ Bytes/)
    .first()
    .waitFor();
  await workbench.screenshot('state-cut-german');
});

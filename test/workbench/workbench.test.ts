import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workbench } from './support/workbench.ts';

let workbench: Workbench;

beforeAll(async () => {
  workbench = await Workbench.open();
});

afterAll(() => workbench?.close());

test('the workbench opens the workspace with both samples', async () => {
  const row = await workbench.explorer.row('llama-shakespeare/config.json');
  expect(await row.isVisible()).toBe(true);
  expect(existsSync(join(workbench.workspace, 'gpt2-shakespeare', 'model.safetensors'))).toBe(true);
});

test('a double click in the Explorer opens a file in a tab', async () => {
  await workbench.explorer.doubleClick('gpt2-shakespeare/config.json');
  await workbench.tab('config.json').waitFor();
  await workbench.closeEditors();
});

test('the theme changes while the workbench runs', async () => {
  await workbench.setTheme('light');
  await workbench.screenshot('workbench-light');
  await workbench.setTheme('high-contrast');
  await workbench.setTheme('dark');
  await workbench.screenshot('workbench-dark');
});

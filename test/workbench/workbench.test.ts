import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workbench } from './support/workbench.ts';

const stringsFile = fileURLToPath(new URL('../../package.nls.json', import.meta.url));
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

test('the .vsix is installed, so the palette offers its commands', async () => {
  const { 'command.openCheckpoint': title } = JSON.parse(readFileSync(stringsFile, 'utf8')) as Record<string, string>;
  expect(await workbench.paletteTitles('Tensor Loupe: Open')).toContain(`Tensor Loupe: ${title}`);
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

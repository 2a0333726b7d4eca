import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Workbench } from './support/workbench.ts';

/* The workbench in a browser with WebGPU, by Chromium's software adapter, which a person has to ask for. */

const GPT2 = 'gpt2-shakespeare/model.safetensors';
/** A software adapter searches on the same cores as the workers. */
const PATIENCE_MS = 90_000;

let workbench: Workbench;
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await workbench.screenshot(`failed-webgpu-${task.name.slice(0, 30).replace(/\W+/g, '-')}`);
  await workbench.closeEditors();
});

async function openAndMeasure(): Promise<void> {
  await workbench.explorer.doubleClick(GPT2);
  await workbench.editor.getByRole('tab', { name: 'Model' }).click();
  await workbench.editor.getByText(/Figures exact/).waitFor({ timeout: PATIENCE_MS });
}

/** What the command about kernels lists, a line each. */
async function kernelLines(): Promise<string[]> {
  await workbench.runCommand('Tensor Loupe: Show Kernel Backends');
  const rows = workbench.quickInput.locator('.monaco-list-row');
  await rows.filter({ hasText: 'WebGPU' }).first().waitFor({ timeout: PATIENCE_MS });
  const lines = await rows.allTextContents();
  await workbench.screenshot('webgpu-kernels');
  await workbench.page.keyboard.press('Escape');
  return lines;
}

const settings = (backend: string) => ({ 'tensorLoupe.backend': backend, 'tensorLoupe.defaultQuantizer': 'hqq' });

describe('with a page that has a GPU', () => {
  beforeAll(async () => {
    workbench = await Workbench.open({ webgpu: true, settings: settings('webgpu') });
  });
  afterAll(() => workbench?.close());

  test('HQQ is searched by the page, and badge, status bar and command say so', async () => {
    await openAndMeasure();
    const badge = workbench.editor.getByRole('button', { name: /^Kernel backend: WASM \+ WebGPU/ });
    await badge.waitFor({ timeout: PATIENCE_MS });
    await badge.focus();
    await workbench.editor.getByText(/searches on .*swiftshader.* by page; \d+ of \d+ proposals refused/i).waitFor();
    await workbench.statusBarItem(/WASM \+ WebGPU ×/).waitFor();
    await workbench.screenshot('webgpu-page');
    const lines = await kernelLines();
    expect(lines.find((line) => line.includes('WebGPU: page'))).toMatch(/swiftshader.*MiB.*subgroups of 4/);
    expect(lines.find((line) => line.includes('WebGPU: process'))).toMatch(
      /package not installed|no Vulkan loader|no adapter/,
    );
    expect(workbench.pageErrors).toEqual([]);
  });

  test('a checkpoint is exported and verified while the page searches', async () => {
    await openAndMeasure();
    const report = await exportLoupe('gpt2-webgpu');
    expect(report.verified).toBe(true);
    expect(report.run.backend).toBe('wasm+webgpu');
    expect(report.run.backend_why).toMatch(/ by page; /);
  });
});

describe('with the setting auto', () => {
  beforeAll(async () => {
    workbench = await Workbench.open({ webgpu: true, settings: settings('auto') });
  });
  afterAll(() => workbench?.close());

  test('a software adapter is named, and never chosen', async () => {
    await openAndMeasure();
    await workbench.editor.getByRole('button', { name: /^Kernel backend: WASM ·/ }).waitFor();
    expect((await kernelLines()).find((line) => line.includes('WebGPU: page'))).toMatch(/swiftshader/);
    await workbench.editor.getByRole('button', { name: /^Kernel backend: WASM ·/ }).waitFor();
  });
});

describe('in a web extension host', () => {
  beforeAll(async () => {
    workbench = await Workbench.open({ webHost: true, webgpu: true, settings: settings('webgpu') });
  });
  afterAll(() => workbench?.close());

  test('a worker beside the kernel workers searches, also for an export', async () => {
    await openAndMeasure();
    await workbench.editor
      .getByRole('button', { name: /^Kernel backend: WASM \+ WebGPU/ })
      .waitFor({ timeout: PATIENCE_MS });
    const report = await exportLoupe('gpt2-webgpu');
    expect(report.verified).toBe(true);
    expect(report.run.backend).toBe('wasm+webgpu');
    expect(report.run.backend_why).toMatch(/ by worker; /);
    await workbench.screenshot('webgpu-web-host');
    expect(workbench.pageErrors).toEqual([]);
  });
});

interface Report {
  readonly verified: boolean;
  readonly run: { readonly backend: string; readonly backend_why: string };
}

async function exportLoupe(name: string): Promise<Report> {
  await workbench.runCommand('Tensor Loupe: Export Packed Model...');
  const { editor } = workbench;
  await editor.getByRole('radio', { name: /^loupe/i }).click();
  const out = join(workbench.workspace, name);
  const destination = editor.getByRole('textbox', { name: 'Destination' });
  await destination.fill(out);
  await destination.press('Enter');
  const start = editor.getByRole('button', { name: /^Export \d+ Files$/ });
  await expect.poll(() => start.isEnabled(), { timeout: PATIENCE_MS }).toBe(true);
  await start.click();
  await editor.getByText(/and verified them/).waitFor({ timeout: PATIENCE_MS });
  return JSON.parse(readFileSync(join(out, 'tensor-loupe-report.json'), 'utf8')) as Report;
}

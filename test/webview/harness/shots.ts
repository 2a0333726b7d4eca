/** Takes pictures of the page in its states: `node test/webview/harness/shots.ts [NAME …]` writes test/artifacts/webview/NAME.png. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { ensureBrowser, launchBrowser } from '../../workbench/support/browser.ts';
import { openPage, type PageOptions } from './openPage.ts';
import type { Scenario } from './scenario.ts';

interface Shot {
  readonly scenario: Scenario;
  readonly options?: PageOptions;
  readonly act?: (page: Page) => Promise<void>;
}

const SELECTED: Scenario = {
  model: 'gpt2',
  choices: {
    filter: 'h.*.c_*.weight',
    tensor: 'transformer.h.11.mlp.c_proj.weight',
    sort: { column: 'sqnr', descending: false },
  },
};
const focusFirstCell = (page: Page): Promise<void> => page.locator('.map-cell').first().hover();
const CUT = {
  code: 'data/missing-bytes',
  text: 'The header describes 261,720,936 bytes. The file has 220,432,232, so 41,288,704 bytes are missing at the end.',
  offset: 220432232,
  tensor: 'transformer.wte.weight',
  args: { fileBytes: 220432232, expectedBytes: 261720936, missingBytes: 41288704 },
};

const TENSOR: Scenario = {
  model: 'gpt2',
  choices: {
    page: 'tensor',
    tensor: 'transformer.h.11.mlp.c_proj.weight',
    spec: { id: 'absmax', bits: 4, unit: 'tensor', scaleDtype: 'F16' },
    bins: 240,
    compare: [
      { id: 'absmax', bits: 4, unit: 'channel' },
      { id: 'absmax', bits: 4, unit: 'group', groupSize: 32 },
      { id: 'rtn', bits: 4, unit: 'group', groupSize: 128 },
      { id: 'rtn', bits: 4, unit: 'group', groupSize: 128, asymmetric: true },
      { id: 'zero-point', bits: 8, unit: 'channel' },
      { id: 'absmax-full', bits: 8, unit: 'channel' },
      { id: 'rtn', bits: 3, unit: 'group', groupSize: 64 },
    ],
  },
};

const EXPORT: Scenario = { model: 'gpt2', choices: { page: 'export' } };
const startExport = (page: Page): Promise<void> => page.getByRole('button', { name: /^Export \d+ Files/ }).click();

const SHOTS: Readonly<Record<string, Shot>> = {
  'model-dark': { scenario: SELECTED, act: focusFirstCell },
  'model-light': { scenario: SELECTED, options: { theme: 'light' } },
  'model-high-contrast': { scenario: SELECTED, options: { theme: 'high-contrast' } },
  'model-scanning': {
    scenario: { model: 'gpt2', scan: 'running', scanned: 44, measured: 14, choices: { filter: 'h.*.c_*.weight' } },
  },
  'model-752': { scenario: SELECTED, options: { width: 752 } },
  'model-620': { scenario: SELECTED, options: { width: 620, height: 1000 } },
  'model-420': { scenario: SELECTED, options: { width: 420, height: 1000 } },
  'model-kurtosis': { scenario: { model: 'gpt2', choices: { colourBy: 'kurtosis' } } },
  'model-bits': { scenario: { model: 'gpt2', choices: { colourBy: 'bits' } } },
  llama: { scenario: { model: 'llama' } },
  'llama-deep': { scenario: { model: 'llama-deep' } },
  experts: { scenario: { model: 'experts' } },
  layerless: { scenario: { model: 'layerless' } },
  packed: { scenario: { model: 'packed' } },
  'missing-shard': { scenario: { model: 'missing-shard' } },
  nan: {
    scenario: {
      model: 'gpt2',
      nan: ['transformer.h.4.mlp.c_fc.weight'],
      choices: { tensor: 'transformer.h.4.mlp.c_fc.weight' },
    },
  },
  changed: { scenario: { model: 'gpt2', fileChanged: true } },
  'too-large': { scenario: { model: 'llama', scan: 'too-large', scanned: 0 } },
  stopped: { scenario: { model: 'gpt2', scan: 'stopped', scanned: 96 } },
  empty: { scenario: { model: 'empty' } },
  failed: { scenario: { model: 'gpt2', failure: CUT } },
  'failed-light': { scenario: { model: 'gpt2', failure: CUT }, options: { theme: 'light' } },
  'no-match': { scenario: { model: 'gpt2', choices: { filter: 'h.*.q_proj.weight' } } },
  'controls-quantizer': { scenario: SELECTED, act: (page) => page.locator('.field-quantizer vscode-dropdown').click() },
  'controls-unit': { scenario: SELECTED, act: (page) => page.locator('.field-unit vscode-dropdown').click() },
  'controls-colour': { scenario: SELECTED, act: (page) => page.locator('.field-colour vscode-dropdown').click() },
  range: { scenario: SELECTED, act: (page) => page.getByRole('button', { name: 'Scale range' }).click() },
  'tensor-dark': { scenario: TENSOR },
  'model-compare': {
    scenario: SELECTED,
    act: async (page) => {
      await page.getByRole('radio', { name: 'Compare Quantizers' }).click();
      await page.getByRole('button', { name: 'Compare All' }).click();
      await page.getByRole('button', { name: 'Compare', exact: true }).click();
      await page.waitForTimeout(2500);
    },
  },
  'model-stack': {
    scenario: SELECTED,
    act: async (page) => {
      await page.getByRole('radio', { name: 'Stack Two' }).click();
      await page.getByText('Draw', { exact: true }).click();
    },
  },
  'tensor-clip': {
    scenario: {
      ...TENSOR,
      choices: { ...TENSOR.choices, spec: { id: 'absmax', bits: 4, unit: 'tensor', clip: 'absolute:0.36' } },
    },
    act: (page) => page.getByRole('button', { name: 'Compare All' }).click(),
  },
  'tensor-clip-light': {
    scenario: {
      ...TENSOR,
      choices: { ...TENSOR.choices, spec: { id: 'zero-point', bits: 3, unit: 'tensor', clip: 'absolute:-0.3,0.4' } },
    },
    options: { theme: 'light' },
    act: (page) => page.getByRole('slider', { name: 'Upper end' }).focus(),
  },
  'tensor-lloyd': {
    scenario: { ...TENSOR, choices: { ...TENSOR.choices, spec: { id: 'lloyd-max', bits: 4, unit: 'tensor' } } },
  },
  'tensor-levels': {
    scenario: { ...TENSOR, choices: { ...TENSOR.choices, spec: { id: 'levels', levels: [-0.4, -0.1, 0, 0.1, 0.4] } } },
  },
  'tensor-float': {
    scenario: { ...TENSOR, choices: { ...TENSOR.choices, spec: { id: 'float:3,2' } } },
    options: { theme: 'high-contrast' },
  },
  'model-compare-752': {
    scenario: SELECTED,
    options: { width: 752, theme: 'light' },
    act: (page) => page.getByRole('radio', { name: 'Compare Quantizers' }).click(),
  },
  'model-stack-light': {
    scenario: SELECTED,
    options: { theme: 'light' },
    act: async (page) => {
      await page.getByRole('radio', { name: 'Stack Two' }).click();
      await page.getByText('Draw', { exact: true }).click();
    },
  },
  'tensor-clip-high-contrast': {
    scenario: {
      ...TENSOR,
      choices: {
        ...TENSOR.choices,
        spec: { id: 'rtn', bits: 4, unit: 'tensor', asymmetric: true, clip: 'percentile:99' },
      },
    },
    options: { theme: 'high-contrast' },
  },
  'tensor-binary': {
    scenario: { ...TENSOR, choices: { ...TENSOR.choices, spec: { id: 'binary', sequence: 'supx4,l2x2' } } },
  },
  'tensor-light': { scenario: TENSOR, options: { theme: 'light' } },
  'tensor-high-contrast': { scenario: TENSOR, options: { theme: 'high-contrast' } },
  'tensor-group': {
    scenario: {
      ...TENSOR,
      choices: { ...TENSOR.choices, spec: { id: 'absmax', bits: 4, unit: 'group', groupSize: 32 } },
    },
  },
  'tensor-752': { scenario: TENSOR, options: { width: 752 } },
  'tensor-620': { scenario: TENSOR, options: { width: 620, height: 1500 } },
  'tensor-420': { scenario: TENSOR, options: { width: 420, height: 1500 } },
  'tensor-nan': { scenario: { ...TENSOR, nan: ['transformer.h.11.mlp.c_proj.weight'] } },
  'tensor-empty': { scenario: { model: 'odd', choices: { page: 'tensor', tensor: 'empty.weight' } } },
  'tensor-gone': { scenario: { model: 'gpt2', choices: { page: 'tensor', tensor: 'no.such.weight' } } },
  'tensor-missing': {
    scenario: { model: 'missing-shard', choices: { page: 'tensor', tensor: 'model.layers.3.mlp.down_proj.weight' } },
  },
  'tensor-packed': { scenario: { model: 'packed', choices: { page: 'tensor' } } },
  'tensor-kept': { scenario: { ...TENSOR, choices: { ...TENSOR.choices, tensor: 'transformer.wte.weight' } } },
  'tensor-menu': {
    scenario: TENSOR,
    act: (page) => page.getByRole('button', { name: 'Export the histogram' }).click(),
  },
  'tensor-hover': { scenario: TENSOR, act: (page) => page.mouse.move(440, 400) },
  'tensor-table': {
    scenario: TENSOR,
    act: (page) => page.getByRole('button', { name: 'Show as Table' }).first().click(),
  },
  'tensor-picker': { scenario: TENSOR, act: (page) => page.getByRole('combobox', { name: /Tensor/ }).fill('c_attn') },
  'export-setup': { scenario: EXPORT },
  'export-light': { scenario: EXPORT, options: { theme: 'light' } },
  'export-high-contrast': { scenario: EXPORT, options: { theme: 'high-contrast' } },
  'export-752': { scenario: EXPORT, options: { width: 752 } },
  'export-420': { scenario: EXPORT, options: { width: 420, height: 1300 } },
  'export-unloadable': {
    scenario: { ...EXPORT, choices: { page: 'export', format: 'compressed-tensors' } },
  },
  'export-refused': {
    scenario: { ...EXPORT, choices: { page: 'export', format: 'compressed-tensors' }, export: { isRefused: true } },
  },
  'export-exists': { scenario: { ...EXPORT, export: { exists: true } } },
  'export-running': { scenario: { ...EXPORT, export: { end: 'running' } }, act: startExport },
  'export-done': { scenario: EXPORT, act: startExport },
  'export-done-light': { scenario: EXPORT, options: { theme: 'light' }, act: startExport },
  'export-done-high-contrast': { scenario: EXPORT, options: { theme: 'high-contrast' }, act: startExport },
  'export-done-752': { scenario: EXPORT, options: { width: 752 }, act: startExport },
  'export-failed': { scenario: { ...EXPORT, export: { end: 'failed' } }, act: startExport },
  'export-cancelled': {
    scenario: { ...EXPORT, export: { end: 'running' } },
    act: async (page) => {
      await startExport(page);
      await page.getByRole('button', { name: 'Cancel' }).click();
    },
  },
  'export-packed': { scenario: { model: 'packed', choices: { page: 'export' } } },
  badge: { scenario: SELECTED, act: (page) => page.locator('.badge').hover() },
};

const folder = fileURLToPath(new URL('../../artifacts/webview/', import.meta.url));
const wanted = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const browser = await launchBrowser(ensureBrowser());
try {
  for (const [name, shot] of Object.entries(SHOTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const { page, complaints } = await openPage(browser, shot.scenario, shot.options);
    await page.waitForTimeout(400);
    await shot.act?.(page);
    await page.waitForTimeout(200);
    // Hiding the caret would add a style sheet, which the policy refuses.
    await page.screenshot({ path: `${folder}${name}.png`, caret: 'initial' });
    for (const complaint of complaints) console.error(`${name}: ${complaint}`);
    await page.close();
  }
} finally {
  await browser.close();
}

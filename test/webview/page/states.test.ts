import { expect, test } from 'vitest';
import { callsOf, open, openMeasured, shownText, usePages } from './support.ts';

usePages();

const CUT = {
  code: 'data/missing-bytes',
  text: 'The header describes 261,720,936 bytes. The file has 220,432,232.',
  offset: 220432232,
  tensor: 'transformer.wte.weight',
  args: { fileBytes: 220432232, expectedBytes: 261720936, missingBytes: 41288704 },
};

test('a corrupt file says what is wrong, where, and what to do', async () => {
  const page = await open({ model: 'gpt2', failure: CUT });
  await page.getByRole('heading', { name: 'model.safetensors is cut short' }).waitFor();
  const text = await shownText(page.locator('.failed'));
  expect(text).toMatch(
    /data\/missing-bytes[\s\S]*220,432,232\s+0xD238768[\s\S]*transformer\.wte\.weight[\s\S]*Download the file again/,
  );
  await page.getByText('Copy Details').click();
  const [copied] = (await callsOf(page, 'text/copy')) as { text: string }[];
  expect(copied?.text).toContain('offset: 220432232 (0xd238768)');
  await page.getByText('Open in Hex Editor').click();
  expect(await callsOf(page, 'host/command')).toEqual([{ command: 'openHex' }]);
  expect(await page.getByText('Details copied').count()).toBe(1);
});

test('nothing of the page is shown of a file that fails', async () => {
  const page = await open({ model: 'gpt2', failure: CUT });
  await page.locator('.failed').waitFor();
  expect(await page.locator('.header, .tabs, .map, .table').count()).toBe(0);
});

test('a checkpoint without tensors says so', async () => {
  const page = await open({ model: 'empty' });
  await page.getByText('0 tensors').waitFor();
  expect(await page.getByText('The file is valid and empty.').count()).toBe(1);
});

test('a missing shard is named, its tensors are listed and marked', async () => {
  const page = await openMeasured({ model: 'missing-shard', choices: { filter: 'layers.1.*' } });
  const alert = page.getByRole('alert').filter({ hasText: 'model-00002-of-00003.safetensors not found' });
  expect(await alert.count()).toBe(1);
  expect(await page.getByText('34 of 50 tensors can be read.').count()).toBe(1);
  expect(await shownText(page.locator('.table-mark:visible').first())).toBe('missing');
});

test('a changed file keeps its figures and offers to reload', async () => {
  const page = await openMeasured({ model: 'gpt2', fileChanged: true });
  await page.getByRole('alert').filter({ hasText: 'changed on disk' }).waitFor();
  expect(await page.locator('.map-coloured').count()).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Reload' }).click();
  expect(await callsOf(page, 'host/command')).toEqual([{ command: 'reload' }]);
  await page.getByRole('button', { name: 'Keep Figures' }).click();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('a tensor of NaN is named with its count and first index', async () => {
  const nan = 'transformer.h.4.mlp.c_fc.weight';
  const page = await openMeasured({ model: 'gpt2', nan: [nan] });
  await page
    .getByRole('alert')
    .filter({ hasText: `${nan} holds 2,359,296 NaN or infinite values` })
    .waitFor();
  await page.getByRole('button', { name: 'Show' }).click();
  await expect.poll(() => shownText(page.locator('.preview h2'))).toBe('h.4.mlp.c_fc.weight');
});

test('a packed checkpoint shows its tensors, with nothing to measure', async () => {
  const page = await open({ model: 'packed' });
  await page.getByText('Packed: compressed-tensors').waitFor();
  expect(await callsOf(page, 'measure/start')).toEqual([]);
  expect(await page.locator('.field-quantizer vscode-dropdown').getAttribute('aria-disabled')).toBe('true');
  expect(await shownText(page.locator('.map-cell').first())).toBe('4.13');
});

test('a checkpoint too large to scan by itself waits for the person', async () => {
  const page = await open({ model: 'llama', scan: 'too-large', scanned: 0 });
  await page.getByText('not started').waitFor();
  expect(await callsOf(page, 'measure/start')).toEqual([]);
  await page.getByRole('button', { name: 'Measure' }).click();
  await page.getByText('Figures exact').waitFor();
  await page.getByRole('button', { name: 'Scan', exact: true }).click();
  await page.getByText('complete').waitFor();
});

test('a model without layers says why it has no map, and keeps its table', async () => {
  const page = await openMeasured({ model: 'layerless' });
  expect(await page.getByText('No repeated layers found in the names').count()).toBe(1);
  expect(await page.locator('.virtual-rows .table-row').count()).toBe(3);
});

test('the backend says its reason on focus, never in a dialog', async () => {
  const page = await openMeasured({ model: 'gpt2' });
  await page.getByRole('button', { name: 'Kernel backend: WASM · 2 threads' }).focus();
  await page.getByRole('button', { name: 'Show Kernel Backends' }).click();
  expect(await callsOf(page, 'host/command')).toEqual([{ command: 'showKernels' }]);
});

test('the badge follows a GPU that takes part', async () => {
  const page = await openMeasured({ model: 'gpt2' });
  const why = 'WebAssembly SIMD; searches on a GPU by page; 3 of 40 proposals refused';
  await page.evaluate(
    (text) => window.fakeHost.send('backend/changed', { id: 'wasm+webgpu', threads: 2, why: text }),
    why,
  );
  await page.getByRole('button', { name: 'Kernel backend: WASM + WebGPU · 2 threads' }).focus();
  await page.getByText(why).waitFor();
});

test('a worker of the page answers what it is asked about its GPU, until it is ended', async () => {
  const page = await openMeasured({ model: 'gpt2' });
  const ask = (port: number, id: number) =>
    page.evaluate(
      ([to, re]) => {
        const request = { id: re!, open: { module: null } };
        window.fakeHost.send('gpu/ask', { port: to!, request });
      },
      [port, id],
    );
  const answers = async (count: number) => {
    await expect.poll(async () => (await callsOf(page, 'gpu/answer')).length).toBe(count);
    return callsOf(page, 'gpu/answer');
  };
  await ask(1, 7);
  // The harness is no secure context, so its pages have no GPU.
  const state = { available: false, why: { code: 'no-navigator-gpu', args: {} } };
  expect(await answers(1)).toEqual([{ port: 1, message: { re: 7, state } }]);
  await ask(2, 8);
  expect((await answers(2))[1]).toEqual({ port: 2, message: { re: 8, state } });
  await page.evaluate(() => window.fakeHost.send('gpu/end', { port: 1 }));
  // A port that was ended begins anew.
  await ask(1, 9);
  expect((await answers(3))[2]).toEqual({ port: 1, message: { re: 9, state } });
});

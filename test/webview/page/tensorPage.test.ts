import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Scenario } from '../harness/scenario.ts';
import { callsOf, nextFrame, open, shownText, usePages, violationsOf } from './support.ts';

usePages();

const NAME = 'transformer.h.11.mlp.c_proj.weight';
const TENSOR: Scenario = {
  model: 'gpt2',
  choices: {
    page: 'tensor',
    tensor: NAME,
    spec: { id: 'absmax', bits: 4, unit: 'tensor', scaleDtype: 'F16' },
    compare: [
      { id: 'absmax', bits: 4, unit: 'channel' },
      { id: 'rtn', bits: 4, unit: 'group', groupSize: 128 },
    ],
  },
};

/** Waits until the open tensor is drawn and compared. */
async function openTensor(scenario: Scenario = TENSOR, options?: Parameters<typeof open>[1]): Promise<Page> {
  const page = await open(scenario, options);
  await page.getByText(/^Figures exact/).waitFor();
  await expect.poll(() => page.locator('.compare-body .skeleton').count()).toBe(0);
  await nextFrame(page);
  return page;
}

async function chooseBits(page: Page, bits: string): Promise<void> {
  await page.locator('.field-bits vscode-dropdown').click();
  await page.getByRole('option', { name: bits, exact: true }).click();
}

const sqnrOf = (page: Page): Promise<string> => shownText(page.locator('.totals .total').nth(2));
const chart = (page: Page, name: RegExp) => page.getByRole('img', { name });
const frame = (page: Page) => page.getByRole('slider', { name: 'Shown range' });

test('the facts of the tensor stand beside its name', async () => {
  const page = await openTensor();
  expect(await page.getByRole('combobox', { name: /^Tensor/ }).inputValue()).toBe('h.11.mlp.c_proj.weight');
  expect(await shownText(page.locator('.tensor-facts'))).toMatch(
    /3072 × 768 out × in[\s\S]*BF16[\s\S]*4\.72\sMB[\s\S]*σ/,
  );
});

test('figures of unit tensor come from the value table, without a call to the host', async () => {
  const page = await openTensor();
  const before = await sqnrOf(page);
  await chooseBits(page, '8');
  await expect.poll(() => sqnrOf(page)).not.toBe(before);
  expect(await sqnrOf(page)).toMatch(/\d\d\.\d\d\s+dB/);
  expect(await callsOf(page, 'histogram/decoded')).toEqual([]);
  expect(await shownText(page.locator('.status'))).toContain('no data read');
});

test('figures of the value table stay when the bins or the shown range change', async () => {
  const page = await openTensor();
  const before = await sqnrOf(page);
  await frame(page).focus();
  await page.keyboard.press('+');
  await nextFrame(page);
  expect(await sqnrOf(page)).toBe(before);
});

test('figures of groups come by a pass under the chosen format', async () => {
  const spec = { id: 'absmax', bits: 4, unit: 'group', groupSize: 32 } as const;
  const page = await openTensor({ ...TENSOR, choices: { ...TENSOR.choices, spec } });
  await expect.poll(() => callsOf(page, 'histogram/decoded')).toHaveLength(1);
  expect((await callsOf(page, 'histogram/decoded'))[0]).toMatchObject({
    names: [NAME],
    spec,
    format: 'loupe',
    bins: 150,
  });
  expect(await shownText(page.locator('.status'))).toBe('Figures exact · data pass');
});

test('charts are images with a sentence, and tables on demand', async () => {
  const page = await openTensor();
  expect(await chart(page, /^Histogram of transformer\.h\.11/).getAttribute('aria-label')).toMatch(
    /[\d,]+ weights between −\d.*median.*at 15 levels/,
  );
  expect(await chart(page, /^Ranges of 3,072 channels/).count()).toBe(1);
  expect(await chart(page, /^Bits per weight against SQNR of 3 quantizers.*Pareto front: /).count()).toBe(1);
  await page.getByRole('region', { name: 'Distribution' }).getByRole('button', { name: 'Show as Table' }).click();
  await expect.poll(() => page.getByRole('region', { name: 'Distribution' }).getByRole('row').count()).toBe(151);
  expect(await chart(page, /^Histogram/).count()).toBe(0);
});

test('the shown range is moved, zoomed, dragged and fitted again', async () => {
  const page = await openTensor();
  const fitted = await frame(page).getAttribute('aria-valuetext');
  await frame(page).focus();
  await page.keyboard.press('End');
  await expect.poll(() => frame(page).getAttribute('aria-valuetext')).not.toBe(fitted);
  const end = await frame(page).getAttribute('aria-valuenow');
  await page.keyboard.press('Home');
  await expect.poll(() => frame(page).getAttribute('aria-valuenow')).not.toBe(end);
  await page.getByRole('button', { name: /^Fit/ }).click();
  await expect.poll(() => frame(page).getAttribute('aria-valuetext')).toBe(fitted);

  const box = await frame(page).boundingBox();
  if (!box) throw new Error('the frame is not drawn');
  await page.mouse.move(box.x + box.width / 2, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 40, box.y + 8, { steps: 4 });
  await page.mouse.up();
  await nextFrame(page);
  expect((await frame(page).boundingBox())?.x).toBeCloseTo(box.x + 40, 0);
});

test('the bin under the pointer is read out', async () => {
  const page = await openTensor();
  const box = await chart(page, /^Histogram/).boundingBox();
  if (!box) throw new Error('the chart is not drawn');
  await page.mouse.move(box.x + box.width / 2 + 23, box.y + 80);
  expect(await shownText(page.locator('.readout:visible'))).toMatch(/ to .*\n[\d,]+ original\n[\d,]+ dequantized/);
});

test('previous and next go through the file, the search finds by parts of a name', async () => {
  const page = await openTensor();
  const name = page.getByRole('combobox', { name: /^Tensor/ });
  await page.getByRole('button', { name: 'Next tensor' }).click();
  await expect.poll(() => name.inputValue()).toBe('h.11.mlp.c_proj.bias');
  await name.fill('h.3 c_fc weight');
  await expect.poll(() => page.getByRole('listbox', { name: 'Tensors' }).getByRole('option').count()).toBe(1);
  await page.keyboard.press('Enter');
  await expect.poll(() => name.inputValue()).toBe('h.3.mlp.c_fc.weight');
  await name.fill('nothing');
  await page.keyboard.press('Escape');
  expect(await name.inputValue()).toBe('h.3.mlp.c_fc.weight');
});

test('row A of the comparison is the quantizer of the bar, the others are measured one by one', async () => {
  const page = await openTensor();
  const rows = page.getByRole('grid', { name: 'Compare' }).locator('.compare-body .compare-row');
  expect(await rows.locator('.compare-letter').allInnerTexts()).toEqual(['A', 'B', 'C']);
  expect(await shownText(rows.first())).toContain(((await sqnrOf(page)).match(/\d+\.\d+/) ?? [''])[0]);
  expect(await rows.first().getAttribute('aria-selected')).toBe('true');
  const asked = (await callsOf(page, 'tensor/compare')) as { specs: unknown[] }[];
  expect(asked.map(({ specs }) => specs.length)).toEqual([1, 1]);
});

test('a click tries a row, and the quantizer before takes its place', async () => {
  const page = await openTensor();
  const rows = page.locator('.compare-body .compare-row');
  await rows.nth(2).click();
  await expect.poll(() => shownText(rows.first())).toMatch(/rtn 4\s+group 128/);
  expect(await shownText(rows.nth(2))).toMatch(/absmax 4\s+tensor/);
  expect(
    await page.locator('.field-quantizer vscode-dropdown').evaluate((field) => (field as HTMLInputElement).value),
  ).toBe('rtn');
});

test('the comparison is worked with the keyboard: try, remove, copy', async () => {
  const page = await openTensor();
  const grid = page.getByRole('grid', { name: 'Compare' });
  const names = () => page.locator('.compare-body .compare-name').allInnerTexts();
  await grid.focus();
  await page.keyboard.press('Control+c');
  await expect.poll(() => callsOf(page, 'text/copy')).toHaveLength(1);
  const [{ text }] = (await callsOf(page, 'text/copy')) as [{ text: string }];
  const columns = ['subject', 'letter', 'quantizer', 'bits_per_weight', 'pareto', 'mean_squared_error', 'sqnr_db'];
  expect(text.split('\n')[0]?.split('\t')).toEqual(expect.arrayContaining(columns));
  expect(text.split('\n')[1]).toMatch(new RegExp(`^${NAME}\tA\tabsmax 4 tensor\t4\\.\\d+\t`));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Delete');
  await expect.poll(names).toHaveLength(2);
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await names())[0]).toContain('rtn 4');
});

test('the bar’s quantizer is added once', async () => {
  const page = await openTensor();
  const add = page.getByRole('button', { name: 'Add the quantizer of the bar' });
  await add.click();
  await expect.poll(() => page.locator('.compare-body .compare-row').count()).toBe(4);
  await add.click();
  await nextFrame(page);
  expect(await page.locator('.compare-body .compare-row').count()).toBe(4);
});

test('columns of the comparison sort, and say so', async () => {
  const page = await openTensor();
  await page.getByRole('button', { name: 'SQNR' }).click();
  expect(await shownText(page.locator('[aria-sort=descending]'))).toBe('SQNR');
  const values = await page.locator('.compare-body .compare-sqnr').allInnerTexts();
  expect(values.map(Number)).toEqual(values.map(Number).sort((a, b) => b - a));
});

test('channels are shown by index or by range', async () => {
  const page = await openTensor();
  const channels = page.getByRole('region', { name: 'Channel ranges' });
  await channels.getByRole('radio', { name: 'By range' }).click();
  await channels.getByRole('button', { name: 'Show as Table' }).click();
  const first = channels.locator('tbody tr').first();
  expect(await shownText(first)).toContain('outlier');
});

/** The file that the page gave to the host, as text. */
async function savedText(page: Page): Promise<{ name: string; text: string }> {
  await expect
    .poll(() => page.evaluate(() => window.fakeHost.calls.filter(({ kind }) => kind === 'file/save').length))
    .toBe(1);
  return page.evaluate(() => {
    const [ask] = window.fakeHost.calls.flatMap((call) => (call.kind === 'file/save' ? [call.ask] : []));
    const { suggestedName, bytes } = ask as { suggestedName: string; bytes: ArrayBuffer };
    return { name: suggestedName, text: new TextDecoder('latin1').decode(bytes) };
  });
}

test.each([
  ['export-svg', `${NAME}.histogram.svg`, /^<svg [\s\S]*<\/svg>\n$/],
  [
    'export-csv',
    `${NAME}.histogram.csv`,
    /^bin_low,bin_high,original,dequantized\r\n-?[\d.e-]+,-?[\d.e-]+,\d+,\d+\r\n/,
  ],
  ['export-png', `${NAME}.histogram.png`, /^.PNG\r\n/],
] as const)('a command of the palette saves the histogram: %s', async (action, name, content) => {
  const page = await open({ model: 'gpt2' });
  await page.getByRole('tab', { name: 'Tensor' }).waitFor();
  await page.evaluate(
    ([tensor, wanted]) =>
      window.fakeHost.send('show', {
        page: 'tensor',
        tensor,
        filter: null,
        spec: { id: 'absmax', bits: 4, unit: 'tensor' },
        action: wanted,
      }),
    [NAME, action] as const,
  );
  const saved = await savedText(page);
  expect(saved.name).toBe(name);
  expect(saved.text).toMatch(content);
});

test('the menu of the chart saves it too', async () => {
  const page = await openTensor();
  await page.getByRole('button', { name: 'Export the histogram' }).click();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  expect((await savedText(page)).name).toMatch(/\.csv$/);
});

test.each<readonly [string, Scenario, RegExp]>([
  ['without elements', { model: 'odd', choices: { page: 'tensor', tensor: 'empty.weight' } }, /has no elements/],
  ['of NaN', { ...TENSOR, nan: [NAME] }, /Every value of .* is NaN or infinite/],
  ['that is gone', { model: 'gpt2', choices: { page: 'tensor', tensor: 'no.such' } }, /is not in this checkpoint/],
  [
    'of a missing shard',
    { model: 'missing-shard', choices: { page: 'tensor', tensor: 'model.layers.4.mlp.up_proj.weight' } },
    /cannot be read[\s\S]*model-00002-of-00003\.safetensors was not found/,
  ],
])('a tensor %s says so in place of charts', async (_, scenario, words) => {
  const page = await open(scenario);
  const state = page.locator('.tensor-state');
  await state.waitFor();
  expect(await shownText(state)).toMatch(words);
  expect(await page.locator('.tensor').isVisible()).toBe(false);
});

test('a packed checkpoint shows dequantized weights and nothing to compare', async () => {
  const page = await open({ model: 'packed', choices: { page: 'tensor' } });
  await chart(page, /^Histogram/).waitFor();
  expect(await shownText(page.getByRole('region', { name: 'Compare' }))).toContain('no original');
  expect(await shownText(page.locator('.legend').first())).toMatch(/^dequantized/);
  expect(await callsOf(page, 'tensor/compare')).toEqual([]);
});

test('a kept tensor is marked, and figures are a mere what-if', async () => {
  const page = await openTensor({ ...TENSOR, choices: { ...TENSOR.choices, tensor: 'transformer.wte.weight' } });
  await expect.poll(() => page.getByRole('note').isVisible()).toBe(true);
  expect(await shownText(page.getByRole('note'))).toContain('The plan keeps this tensor');
});

test.each(['dark', 'light', 'high-contrast'] as const)('axe finds nothing wrong in %s', async (theme) => {
  const page = await openTensor(TENSOR, { theme });
  expect(await violationsOf(page)).toEqual([]);
});

test.each([1100, 752, 620, 420])('nothing runs out of the page at %i px', async (width) => {
  const page = await openTensor(TENSOR, { width, height: 900 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  const right = await page.locator('.rate').evaluate((element) => element.getBoundingClientRect().right);
  expect(right).toBeLessThanOrEqual(width);
});

test('figures of F32 are estimates from the table until a pass gives the exact ones', async () => {
  const page = await open({
    model: 'layerless',
    choices: { page: 'tensor', tensor: 'encoder.weight', spec: { id: 'absmax', bits: 4, unit: 'tensor' } },
  });
  const exact = () => expect.poll(() => shownText(page.locator('.status'))).toBe('Figures exact · data pass');
  await exact();
  expect(await sqnrOf(page)).not.toContain('≈');
  // Estimates may stand for a few milliseconds only: an observer misses none of them.
  const before = await sqnrOf(page);
  const seen = await page.evaluateHandle(() => {
    const texts: string[] = [];
    const totals = document.querySelector('.totals') as Element;
    const options = { subtree: true, childList: true, characterData: true };
    new MutationObserver(() => texts.push(totals.textContent ?? '')).observe(totals, options);
    return texts;
  });
  await chooseBits(page, '3');
  await expect.poll(() => sqnrOf(page)).not.toBe(before);
  await expect.poll(() => sqnrOf(page)).not.toContain('≈');
  expect((await seen.jsonValue()).some((text) => text.includes('≈'))).toBe(true);
  await chooseBits(page, '4');
  await expect.poll(() => sqnrOf(page)).toBe(before);
  expect(await chart(page, /^Histogram.*at 15 levels/).count()).toBe(1);
});

test('going away and back at once leaves no failure of the read that was stopped', async () => {
  const page = await openTensor();
  await page.evaluate(() => {
    const shown = (tensor: string) =>
      window.fakeHost.send('show', { page: 'tensor', tensor, filter: null, spec: null, action: null });
    shown('transformer.h.0.mlp.c_fc.weight');
    shown('transformer.h.11.mlp.c_proj.weight');
  });
  await page.getByText(/^Figures exact/).waitFor();
  expect(await page.locator('.tensor-state').isVisible()).toBe(false);
  expect((await callsOf(page, 'tensor/open')).at(-1)).toEqual({ name: NAME });
});

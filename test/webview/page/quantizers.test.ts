import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { COMPARISON_SET } from '../../../src/core/quantizers/comparisonSet.ts';
import { QUANTIZER_IDS } from '../../../src/core/quantizers/presets.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { Scenario } from '../harness/scenario.ts';
import { callsOf, nextFrame, open, openMeasured, shownText, usePages, violationsOf } from './support.ts';

usePages();

const TENSOR = (spec: QuantizerSpec): Scenario => ({
  model: 'gpt2',
  choices: { page: 'tensor', tensor: 'transformer.h.11.mlp.c_proj.weight', spec, compare: [{ id: 'nf4' }] },
});
const ABSMAX: QuantizerSpec = { id: 'absmax', bits: 4, unit: 'tensor' };

async function openTensor(spec: QuantizerSpec = ABSMAX): Promise<Page> {
  const page = await open(TENSOR(spec));
  await page.getByText(/^Figures exact/).waitFor();
  await nextFrame(page);
  return page;
}

async function chooseQuantizer(page: Page, id: string): Promise<void> {
  await page.locator('.field-quantizer vscode-dropdown').click();
  await page.locator('.field-quantizer vscode-option').filter({ hasText: id }).first().click();
}

/** The spec of the last measurement that the page asked for. */
async function lastSpec(page: Page): Promise<unknown> {
  return ((await callsOf(page, 'measure/start')) as { spec: unknown }[]).at(-1)?.spec;
}

test('every quantizer is offered under its family, with bits and cost', async () => {
  const page = await openMeasured({ model: 'gpt2', choices: { spec: ABSMAX } });
  await page.locator('.field-quantizer vscode-dropdown').click();
  const texts = await page.locator('.field-quantizer vscode-option').allInnerTexts();
  expect(texts).toHaveLength(QUANTIZER_IDS.length);
  expect(texts[0]).toMatch(/absmax\s+2–8\s+instant/);
  expect(texts.find((text) => text.startsWith('hqq'))).toMatch(/1–4, 8\s+search/);
  const headings = await page.locator('.field-quantizer .option-heading .option-text').allInnerTexts();
  expect(headings).toEqual(['affine', 'codebook', 'binary', 'cast']);
});

test('choosing binary opens the second row, where a sequence that is none stays, marked with the reason', async () => {
  const page = await openMeasured({ model: 'gpt2', choices: { spec: ABSMAX } });
  await chooseQuantizer(page, 'binary');
  const planes = page.getByRole('textbox', { name: 'Planes' });
  await expect.poll(() => planes.isVisible()).toBe(true);
  await planes.fill('supx4, l2x2');
  await planes.press('Enter');
  const good = { id: 'binary', sequence: 'supx4,l2x2', unit: 'channel' };
  await expect.poll(() => lastSpec(page)).toEqual(good);
  await planes.fill('supx9');
  await planes.press('Enter');
  await expect.poll(() => planes.getAttribute('aria-invalid')).toBe('true');
  expect(await shownText(page.getByRole('alert'))).toContain('supx4,l2x2');
  expect(await planes.inputValue()).toBe('supx9');
  expect(await lastSpec(page)).toEqual(good);
  await chooseQuantizer(page, 'xnor');
  await expect.poll(() => page.getByRole('alert').count()).toBe(0);
});

test('a clip with a value has a field for it', async () => {
  const page = await openMeasured({ model: 'gpt2', choices: { spec: ABSMAX } });
  await page.locator('.field-clip vscode-dropdown').click();
  await page.locator('.field-clip vscode-option').filter({ hasText: 'percentile' }).click();
  await expect.poll(() => lastSpec(page)).toMatchObject({ clip: 'percentile:99.9' });
  const value = page.getByRole('textbox', { name: 'Value of the clip' });
  await value.fill('120');
  await value.press('Enter');
  await expect.poll(() => value.getAttribute('aria-invalid')).toBe('true');
  await value.fill('98');
  await value.press('Enter');
  await expect.poll(() => lastSpec(page)).toMatchObject({ clip: 'percentile:98' });
});

test('a form without a value is not in force: left empty, the one before stands there again', async () => {
  const page = await openMeasured({ model: 'gpt2', choices: { spec: ABSMAX } });
  await page.locator('.field-clip vscode-dropdown').click();
  await page.locator('.field-clip vscode-option').filter({ hasText: 'absolute' }).click();
  const value = page.getByRole('textbox', { name: 'Value of the clip' });
  await expect.poll(() => value.evaluate((field) => field.matches(':focus'))).toBe(true);
  await page.keyboard.press('Tab');
  await expect.poll(() => value.isVisible()).toBe(false);
  expect(await shownText(page.locator('.field-clip'))).toContain('none');
  expect(await callsOf(page, 'measure/start')).toHaveLength(1);
});

test('the clip handles are sliders: keys and the pointer move both, the figures follow without a call', async () => {
  const page = await openTensor();
  const upper = page.getByRole('slider', { name: 'Upper end of the clip' });
  const lower = page.getByRole('slider', { name: 'Lower end of the clip' });
  const value = async (slider: typeof upper): Promise<number> => Number(await slider.getAttribute('aria-valuenow'));
  const sqnr = (): Promise<string> => shownText(page.locator('.totals .total').nth(2));
  const before = await sqnr();
  const full = await value(upper);
  await upper.focus();
  await page.keyboard.press('PageDown');
  await expect.poll(() => value(upper)).toBeLessThan(full);
  expect(await value(lower)).toBe(-(await value(upper)));
  await expect.poll(sqnr).not.toBe(before);
  expect(await upper.getAttribute('aria-valuetext')).toMatch(/clipped$/);
  await page.keyboard.press('Home');
  await expect.poll(async () => (await value(upper)) > 0 && (await value(upper)) < full).toBe(true);
  await expect.poll(() => shownText(page.locator('.field-clip'))).toContain('MSE');
  const box = await upper.boundingBox();
  if (!box) throw new Error('the handle has no place');
  await page.mouse.move(box.x + 6, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x - 60, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => shownText(page.locator('.field-clip'))).toContain('absolute');
  await page.keyboard.press('End');
  await expect.poll(() => value(upper)).toBe(full);
  expect(await callsOf(page, 'histogram/decoded')).toEqual([]);
});

test('a quantizer without a clip has no handles, and the codes are counted where there are any', async () => {
  const page = await openTensor({ id: 'lloyd-max', bits: 3, unit: 'tensor' });
  expect(await page.getByRole('slider', { name: /of the clip/ }).count()).toBe(0);
  expect(await shownText(page.locator('.code-strip'))).toMatch(/8 of 8 codes used, entropy 2\.\d\d bits/);
  await chooseQuantizer(page, 'bf16');
  await expect.poll(() => page.locator('.code-strip').isVisible()).toBe(false);
});

test('compare all lists the whole set, marks the front, and saves chart and table', async () => {
  const page = await openTensor();
  await page.getByRole('button', { name: 'Compare All' }).click();
  const rows = page.locator('.compare-body .compare-row');
  // Row A, the set, and what was listed before where the set has it not.
  await expect.poll(() => rows.count()).toBe(COMPARISON_SET.length + 1);
  await expect.poll(() => page.locator('.compare-body .skeleton').count(), { timeout: 20_000 }).toBe(0);
  expect(await page.getByRole('rowheader', { name: /Pareto front$/ }).count()).toBeGreaterThan(2);
  await page.getByRole('button', { name: 'Export the comparison' }).click();
  await page.getByRole('menuitem', { name: 'CSV table…' }).click();
  await expect.poll(() => callsOf(page, 'file/save')).toHaveLength(1);
  expect((await callsOf(page, 'file/save'))[0]).toMatchObject({
    suggestedName: 'transformer.h.11.mlp.c_proj.weight.comparison.csv',
  });
  await page.getByRole('button', { name: 'Compare Few' }).click();
  await expect.poll(() => rows.count()).toBe(2);
});

test('the whole model is compared when asked, quantizer by quantizer', async () => {
  const page = await openMeasured({
    model: 'gpt2',
    choices: { spec: ABSMAX, compare: [{ id: 'nf4' }, { id: 'hqq' }] },
  });
  await page.getByRole('radio', { name: 'Compare Quantizers' }).click();
  await page.getByText('reads the whole model once').waitFor();
  expect(await callsOf(page, 'model/compare')).toEqual([]);
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect.poll(() => callsOf(page, 'model/compare')).toHaveLength(2);
  const asked = (await callsOf(page, 'model/compare')) as { spec: { id: string } }[];
  expect(asked.map(({ spec }) => spec.id)).toEqual(['nf4', 'hqq']);
  await expect.poll(() => page.getByRole('img', { name: /^Bits per weight against SQNR of 3/ }).count()).toBe(1);
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole('radio', { name: 'Tensors' }).click();
  expect(await page.getByRole('grid', { name: 'Compare' }).count()).toBe(0);
});

test('two quantizers are stacked on one axis of 150 bins from -2 to 2', async () => {
  const page = await openMeasured({ model: 'gpt2', choices: { spec: ABSMAX } });
  await page.getByRole('radio', { name: 'Stack Two' }).click();
  await page.getByText('Draw', { exact: true }).click();
  await page.getByRole('img', { name: /absmax 8, tensor above and zero-point 8, tensor below/ }).waitFor();
  const asked = ((await callsOf(page, 'histogram/decoded')) as { lane: string; spec: { id: string } }[]).filter(
    ({ lane }) => lane === 'stack',
  );
  expect(asked.map(({ spec }) => spec.id)).toEqual(['absmax', 'zero-point']);
  expect(asked[0]).toMatchObject({ names: null, bins: 150, low: -2, high: 2 });
  await page.getByRole('button', { name: 'Export the stacked histograms' }).click();
  await page.getByRole('menuitem', { name: 'SVG picture…' }).click();
  await expect.poll(() => callsOf(page, 'file/save')).toHaveLength(1);
  expect(await violationsOf(page)).toEqual([]);
});

test('beside the SQNR of a searched codebook stands the best that there can be', async () => {
  const page = await openTensor({ id: 'lloyd-max', bits: 3 });
  const line = await shownText(page.locator('.total-line', { hasText: 'at best' }));
  const [found, best] = (line.match(/[\d.]+/g) ?? []).map(Number) as [number, number];
  expect(best).toBeGreaterThanOrEqual(found);
  expect(best).toBeLessThan(found + 1);
  await chooseQuantizer(page, 'absmax');
  await expect.poll(() => page.getByText('at best').count()).toBe(0);
});

test('the optimal codebook is worked out after the last change, without a call to the host', async () => {
  const page = await openTensor({ id: 'optimal', bits: 3 });
  const sqnr = (): Promise<string> => shownText(page.locator('.totals .total').nth(2));
  await expect.poll(sqnr).toMatch(/\d\d\.\d\d\s+dB/);
  const before = await sqnr();
  await page.locator('.bar-fields .field-bits vscode-dropdown').click();
  await page.locator('.bar-fields .field-bits').getByRole('option', { name: '4', exact: true }).click();
  await expect.poll(sqnr).not.toBe(before);
  expect(await callsOf(page, 'histogram/decoded')).toEqual([]);
});

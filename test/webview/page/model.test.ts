import { expect, test } from 'vitest';
import { DOCUMENT } from '../harness/openPage.ts';
import { callsOf, focusedName, open, openMeasured, shownText, tableRows, usePages } from './support.ts';

usePages();

const LINEAR = { model: 'gpt2', choices: { filter: 'h.*.c_*.weight' } } as const;

test('the header says what the file holds, and the totals what quantizing would give', async () => {
  const page = await openMeasured(LINEAR);
  expect(await shownText(page.locator('.facts'))).toMatch(/124\.4\sM[\s\S]*261\.5\sMB[\s\S]*160[\s\S]*1/);
  expect(await shownText(page.locator('.dtype-names'))).toContain('BF16 95.1%');
  expect(await shownText(page.locator('.totals'))).toMatch(/139\.4\s+MB\s+−46\.7%[\s\S]*4\.50[\s\S]*19\.\d\d\s+dB/);
});

test('no name and no figure of the model stands in the document that the page is loaded from', async () => {
  const page = await openMeasured(LINEAR);
  expect(DOCUMENT).not.toMatch(/c_attn|safetensors|absmax|124/);
  expect(await shownText(page.locator('.table'))).toContain('c_attn');
});

test('the map has a row for each layer, totals, and hatched cells for what is kept', async () => {
  const page = await openMeasured(LINEAR);
  const grid = page.getByRole('grid', { name: 'Heat map, layers by roles' });
  expect(await grid.getByRole('rowheader').allInnerTexts()).toEqual([...Array(12).keys()].map(String).concat('all'));
  expect(await grid.locator('.map-coloured').count()).toBe(12 * 4 + 12 + 4 + 1);
  expect(await grid.locator('.hatched').allInnerTexts()).toEqual(['wte · kept BF16', 'wpe · kept BF16']);
});

test('a cell is read with its layer, role, metric, value and rank', async () => {
  const page = await openMeasured(LINEAR);
  const names = await page
    .locator('.map-cell')
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''));
  expect(names[0]).toMatch(/^layer 0, attn\.c_attn, SQNR \d\d\.\d\d decibels/);
  expect(names.filter((name) => name.endsWith('lowest of 48'))).toHaveLength(1);
});

test('the map is walked with the keyboard: arrows, Home, End, card, selection, opening', async () => {
  const page = await openMeasured({ model: 'gpt2' });
  await page.locator('.map-cell').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  expect(await focusedName(page)).toMatch(/^layer 1, attn\.c_proj/);
  expect(await shownText(page.getByRole('tooltip'))).toContain('h.1.attn.c_proj.weight');
  const described = await page.evaluate(() => document.activeElement?.getAttribute('aria-describedby'));
  expect(described).toBe(await page.getByRole('tooltip').getAttribute('id'));
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('tooltip').count()).toBe(0);
  await page.keyboard.press('Control+End');
  expect(await focusedName(page)).toMatch(/wpe/);
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Space');
  expect(await page.locator('.table-row[aria-selected=true] .table-name').getAttribute('aria-label')).toContain(
    'h.0.attn.c_attn.weight',
  );
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('.table-row[aria-selected=true]').count()).toBe(0);
});

test('the map is one tab stop', async () => {
  const page = await openMeasured(LINEAR);
  await page.locator('.map-cell').nth(7).focus();
  expect(await page.locator('.map-cell[tabindex="0"]').count()).toBe(1);
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.closest('.map-grid') === null)).toBe(true);
});

test('the map is coloured by another metric, in a fixed range where wanted', async () => {
  const page = await openMeasured(LINEAR);
  await page.locator('.field-colour vscode-dropdown').click();
  await page.getByRole('option', { name: /Kurtosis/ }).click();
  await expect.poll(() => shownText(page.locator('.legend'))).toContain('higher is worse');
  expect(await shownText(page.locator('.table-head'))).toContain('Kurtosis');
  expect(await page.locator('.map-cell').first().getAttribute('aria-label')).toMatch(/Kurtosis \d/);

  await page.getByRole('button', { name: 'Scale range' }).click();
  await page.getByRole('radio', { name: 'Fixed' }).click();
  const highest = page.locator('.range-ends vscode-text-field').nth(1).locator('input');
  await expect.poll(() => highest.inputValue()).not.toBe('');
  await highest.fill('100');
  await page.keyboard.press('Enter');
  await expect.poll(() => shownText(page.locator('.legend-figures'))).toContain('100.0');
});

test('a change of the quantizer starts one pass 150 ms later; old figures are faint until replaced', async () => {
  const page = await openMeasured({ ...LINEAR, measured: 48 });
  await page.evaluate(() => {
    window.fakeHost.measuredAtOnce = 14;
  });
  await page.locator('.field-bits vscode-dropdown').click();
  await page.getByRole('option', { name: '8', exact: true }).click();
  await expect.poll(() => shownText(page.locator('.total').nth(2))).toMatch(/—[\s\S]*14 of 48 measured/);
  expect(await shownText(page.locator('.status'))).toContain('Measuring 14 of 48');
  await expect.poll(() => page.locator('.map-old').count()).toBeGreaterThan(30);
  expect(
    await page
      .locator('.map-old')
      .first()
      .evaluate((cell) => getComputedStyle(cell).opacity),
  ).toBe('0.6');
  await page.evaluate(() => window.fakeHost.advance());
  await page.getByText('Figures exact').waitFor();
  await expect.poll(() => page.locator('.map-old').count()).toBe(0);
  const starts = (await callsOf(page, 'measure/start')) as { spec: { bits: number } }[];
  expect(starts.map((start) => start.spec.bits)).toEqual([4, 8]);
});

test('rows are not sorted again during a pass, but at its end', async () => {
  const page = await openMeasured({
    ...LINEAR,
    choices: { ...LINEAR.choices, sort: { column: 'sqnr', descending: false } },
  });
  const namesOf = async () => (await tableRows(page)).slice(0, 12).map(([name]) => name);
  const before = await namesOf();
  await page.evaluate(() => {
    window.fakeHost.measuredAtOnce = 30;
  });
  await page.locator('.field-quantizer vscode-dropdown').click();
  await page.getByRole('option', { name: /^rtn/ }).click();
  await expect.poll(() => shownText(page.locator('.status'))).toContain('Measuring 30 of 48');
  expect(await namesOf()).toEqual(before);
  await page.evaluate(() => window.fakeHost.advance());
  await expect.poll(namesOf).not.toEqual(before);
});

test('fields without meaning for the quantizer are disabled, not hidden', async () => {
  const page = await openMeasured(LINEAR);
  await page.locator('.field-quantizer vscode-dropdown').click();
  await page.getByRole('option', { name: /^f16/ }).click();
  for (const field of ['.field-bits', '.field-unit', '.field-clip', '.bar-fields .field-scale']) {
    const dropdown = page.locator(`${field} vscode-dropdown`);
    await expect.poll(() => dropdown.getAttribute('aria-disabled'), { message: field }).toBe('true');
    expect(await dropdown.isVisible(), field).toBe(true);
  }
  const starts = async () => (await callsOf(page, 'measure/start')) as { spec: unknown }[];
  await expect.poll(async () => (await starts()).at(-1)?.spec).toEqual({ id: 'f16' });
});

test('any other group size can be typed', async () => {
  const page = await openMeasured(LINEAR);
  await page.locator('.field-unit vscode-dropdown').click();
  await page.getByRole('option', { name: 'group…' }).click();
  await page.getByRole('textbox', { name: 'Group size' }).fill('48');
  await page.keyboard.press('Enter');
  const starts = async () => (await callsOf(page, 'measure/start')) as { spec: { groupSize: number } }[];
  await expect.poll(async () => (await starts()).at(-1)?.spec.groupSize).toBe(48);
});

test('choices are saved for the next time', async () => {
  const page = await openMeasured(LINEAR);
  await page.locator('.field-bits vscode-dropdown').click();
  await page.getByRole('option', { name: '6', exact: true }).click();
  const saved = async () => (await callsOf(page, 'choices/save')) as { choices: { spec: { bits: number } } }[];
  await expect.poll(async () => (await saved()).at(-1)?.choices.spec.bits).toBe(6);
});

test('a selection shows its histogram, the original at once and the dequantized over it', async () => {
  const page = await openMeasured(LINEAR);
  await page.locator('.table-row', { hasText: 'h.0.mlp.c_fc.weight' }).click();
  const chart = page.getByRole('img', { name: /Histogram of transformer\.h\.0\.mlp\.c_fc\.weight.*outlined/ });
  await chart.waitFor();
  expect(await shownText(page.locator('.preview-facts'))).toMatch(/min −[\d.]+[\s\S]*kurtosis [\d.]+/);
  await page.getByRole('button', { name: 'Show as Table' }).click();
  expect(await page.locator('.count-table tbody tr').count()).toBe(150);
});

test('the whole model has a histogram when asked for', async () => {
  const page = await openMeasured(LINEAR);
  await page.getByRole('button', { name: 'Whole Model' }).click();
  await page.getByRole('img', { name: /All quantized tensors/ }).waitFor();
  const [ask] = (await callsOf(page, 'histogram/decoded')) as { names: null }[];
  expect(ask?.names).toBeNull();
});

test('a scan can be cancelled and resumed, and speaks at quarters only', async () => {
  const page = await open({ model: 'gpt2', scan: 'running', scanned: 44 });
  await page.getByText('Scanning 44 of 160').waitFor();
  const bar = page.getByRole('progressbar', { name: 'Scan progress' });
  expect(await bar.getAttribute('aria-valuenow')).toBe('27');
  expect(await shownText(page.locator('.scan [role=status]'))).toContain('25 percent');
  await page.getByRole('button', { name: 'Cancel the scan' }).click();
  await page.getByText('stopped, 44 of 160').waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('complete, 0.11').waitFor();
});

test('the page tabs are a tablist with a roving tab stop', async () => {
  const page = await openMeasured(LINEAR);
  const tabs = page.getByRole('tab');
  await tabs.first().focus();
  expect(await tabs.first().getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('End');
  expect(await tabs.last().getAttribute('aria-selected')).toBe('true');
  expect(await page.getByRole('tabpanel').count()).toBe(1);
  await page.keyboard.press('Home');
  expect(await tabs.first().getAttribute('tabindex')).toBe('0');
});

test('figures follow the display language', async () => {
  const page = await openMeasured({ ...LINEAR, locale: 'de' });
  expect(await shownText(page.locator('.facts'))).toMatch(/124,4\sM/);
});

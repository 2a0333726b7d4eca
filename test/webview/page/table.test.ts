import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { callsOf, openMeasured, shownText, tableRows, usePages } from './support.ts';

usePages();

const activeName = (page: Page): Promise<string> =>
  page.locator('.table').evaluate((grid) => {
    const row = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '');
    return row?.querySelector('.table-name')?.getAttribute('aria-label') ?? '';
  });

test('ten thousand tensors have elements only for the rows in the window', async () => {
  const page = await openMeasured({ model: 'experts' });
  const grid = page.getByRole('grid', { name: 'Tensors' });
  expect(await grid.getAttribute('aria-rowcount')).toBe('9969');
  expect(await grid.locator('.virtual-rows .table-row').count()).toBeLessThan(60);
  await page.locator('.table').evaluate((rows) => {
    rows.scrollTop = rows.scrollHeight;
  });
  await page.locator('.table-row', { hasText: '15.mlp.experts.205.down_proj.weight' }).waitFor();
  expect(await grid.locator('.virtual-rows .table-row').count()).toBeLessThan(60);
});

test('rows are 22 px high, and none lies over another after a scroll', async () => {
  const page = await openMeasured({ model: 'experts' });
  for (const top of [0, 1234, 98765, 50]) {
    await page.locator('.table').evaluate((rows, to) => {
      rows.scrollTop = to;
    }, top);
    await page.waitForTimeout(50);
    const tops = await page
      .locator('.virtual-rows .table-row')
      .evaluateAll((rows) => rows.map((row) => Math.round(row.getBoundingClientRect().top)).sort((a, b) => a - b));
    expect(
      tops.slice(1).every((value, at) => value - (tops[at] ?? 0) === 22),
      String(top),
    ).toBe(true);
  }
});

test('the keyboard moves, extends and copies', async () => {
  const page = await openMeasured({ model: 'gpt2', choices: { filter: 'h.*.c_*.weight' } });
  await page.locator('.table').focus();
  await page.keyboard.press('Home');
  expect(await activeName(page)).toBe('h.0.attn.c_attn.weight');
  await page.keyboard.press('End');
  expect(await activeName(page)).toBe('h.11.mlp.c_proj.weight');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Shift+ArrowUp');
  await expect.poll(() => page.locator('.virtual-rows [aria-selected=true]').count()).toBe(2);
  await page.keyboard.press('Control+c');
  const [copied] = (await callsOf(page, 'text/copy')) as { text: string }[];
  const lines =
    copied?.text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')) ?? [];
  expect(lines).toHaveLength(3);
  expect(lines[0]?.slice(0, 5)).toEqual(['name', 'shape', 'dtype', 'stored_bytes', 'sqnr_db']);
  expect(lines[1]?.slice(0, 4)).toEqual(['transformer.h.11.attn.c_proj.weight', '768x768', 'BF16', '1179648']);
  expect(lines[1]?.[4]).toMatch(/^\d+\.\d{6,}$/);
  expect(await page.getByText('2 rows copied').count()).toBe(1);
});

test('"/" goes to the filter, its count is spoken, and rows follow as it is typed', async () => {
  const page = await openMeasured({ model: 'gpt2' });
  await page.locator('.table').focus();
  await page.keyboard.press('/');
  await page.keyboard.type('h.{0,1}.mlp.*.weight');
  await expect.poll(() => shownText(page.locator('.table-count'))).toBe('4 of 160 tensors');
  expect(await page.locator('.table-count').getAttribute('role')).toBe('status');
  expect(await shownText(page.locator('.table-foot'))).toContain('156 tensors hidden by the filter');
  expect(await shownText(page.locator('.table-foot'))).toContain('Names are relative to transformer.');
});

test('a filter that matches nothing names the nearest name and clears', async () => {
  const page = await openMeasured({ model: 'gpt2', choices: { filter: 'h.*.q_proj.weight' } });
  expect(await shownText(page.locator('.table-none'))).toMatch(/Nearest: transformer\.h\.0\.\w+\.c_proj\.weight/);
  await page.getByText('Clear Filter').click();
  expect(await shownText(page.locator('.table-count'))).toBe('160 of 160 tensors');
});

test('columns are sorted by their buttons, and say so', async () => {
  const page = await openMeasured({ model: 'gpt2', choices: { filter: 'h.*.c_*.weight' } });
  const header = page.getByRole('columnheader', { name: 'SQNR dB' });
  await header.getByRole('button').click();
  expect(await header.getAttribute('aria-sort')).toBe('ascending');
  const figures = (await tableRows(page)).map((cells) => Number(cells.at(-3)));
  expect(figures).toEqual([...figures].sort((x, y) => x - y));
  await header.getByRole('button').click();
  expect(await header.getAttribute('aria-sort')).toBe('descending');
});

test('narrow pages keep name, histogram and SQNR', async () => {
  const page = await openMeasured({ model: 'gpt2' }, { width: 752 });
  const titles = await shownText(page.locator('.table-head'));
  expect(titles.split(/\s*\n\s*/)).toEqual(expect.arrayContaining(['Name', 'Histogram', 'SQNR dB']));
  expect(titles).not.toContain('Dtype');
  expect(await page.locator('.preview').isVisible()).toBe(false);
});

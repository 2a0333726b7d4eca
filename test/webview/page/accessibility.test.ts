import { expect, test } from 'vitest';
import type { Scenario } from '../harness/scenario.ts';
import type { ThemeName } from '../harness/themes.ts';
import { open, openMeasured, usePages, violationsOf } from './support.ts';

usePages();

const SELECTED: Scenario = { model: 'gpt2', choices: { tensor: 'transformer.h.11.mlp.c_proj.weight' } };
const FAILED: Scenario = {
  model: 'gpt2',
  failure: { code: 'header/not-json', text: 'The header is no JSON.', offset: 8, tensor: null },
};
const THEMES: readonly ThemeName[] = ['dark', 'light', 'high-contrast'];

for (const theme of THEMES) {
  test(`the Model page has no accessibility violations in ${theme}`, async () => {
    const page = await openMeasured(SELECTED, { theme });
    await page.locator('.preview canvas').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  test(`the failure page has no accessibility violations in ${theme}`, async () => {
    const page = await open(FAILED, { theme });
    await page.locator('.failed').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });
}

test('no text is cut or wider than the page from 420 to 1400 px', async () => {
  const page = await openMeasured(SELECTED);
  for (const width of [1400, 1100, 900, 752, 620, 420]) {
    await page.setViewportSize({ width, height: 800 });
    await page.waitForTimeout(100);
    const overflow = await page.evaluate(() => {
      const wide = [...document.querySelectorAll('#page *')].filter((element) => {
        const { right, width: own } = element.getBoundingClientRect();
        return own > 0 && right > window.innerWidth + 1 && element.closest('.map-holder, .visually-hidden') === null;
      });
      return wide.map((element) => `${element.tagName}.${element.className}`);
    });
    expect(overflow, `${width} px`).toEqual([]);
  }
});

test('Tab goes through the page in reading order, and every stop shows where it is', async () => {
  const page = await openMeasured(SELECTED);
  await page.locator('.preview canvas').waitFor();
  const stops: string[] = [];
  for (let stop = 0; stop < 40; stop += 1) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const inner = element.shadowRoot?.activeElement ?? element;
      const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
      return { name: element === document.body ? null : name, isVisible: inner.matches(':focus-visible') };
    });
    if (focus.name === null) break;
    expect(focus.isVisible, focus.name).toBe(true);
    stops.push(focus.name);
  }
  const order = [
    /^Model$/,
    /^Quantizer$/,
    /^Bits$/,
    /^Unit$/,
    /^Clip$/,
    /^Scale dtype$/,
    /^More fields$/,
    /^Kernel backend/,
    /^Colour by$/,
    /^Scale range$/,
    /^layer 0/,
    /^Show as Table$/,
    /^Open/,
    // What stands beside the map, and the table itself.
    /^Tensors$/,
    /^Filter/,
    /^Copy rows/,
    /^Tensors$/,
    /^Name/,
  ];
  let after = 0;
  const places = order.map((name) => {
    const place = stops.findIndex((stop, at) => at >= after && name.test(stop));
    after = place < 0 ? after : place + 1;
    return place;
  });
  expect(places, stops.join(' | ')).not.toContain(-1);
});

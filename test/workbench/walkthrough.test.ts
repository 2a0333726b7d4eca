import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workbench } from './support/workbench.ts';

let workbench: Workbench;
beforeAll(async () => {
  workbench = await Workbench.open();
});
afterAll(() => workbench?.close());

test('the walkthrough shows its steps, each with its picture', async () => {
  await workbench.runCommand('Welcome: Open Walkthrough...');
  await workbench.fillQuickInput('Tensor Loupe');
  await workbench.pick('Get Started with Tensor Loupe');
  const { page } = workbench;
  const steps = page.locator('.getting-started-step');
  await steps.first().waitFor();
  expect(await steps.count()).toBe(4);
  for (let step = 0; step < 4; step++) {
    await steps.nth(step).click();
    const picture = page.locator('.getting-started-media img').first();
    await picture.waitFor();
    const isDrawn = () => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth > 0);
    await expect.poll(isDrawn).toBe(true);
    await workbench.screenshot(`walkthrough-${step + 1}`);
  }
});

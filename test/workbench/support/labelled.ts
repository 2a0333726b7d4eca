import type { Locator, Page } from 'playwright-core';

/**
 * Rows of a list or tree whose label is exactly `label`. Matched on the whole label element, because the workbench
 * splits a label into spans where a search hits it.
 */
export function labelled(page: Page, rows: Locator, label: string): Locator {
  const whole = new RegExp(`^\\s*${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
  return rows.filter({ has: page.locator('.label-name').filter({ hasText: whole }) });
}

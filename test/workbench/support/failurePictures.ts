import { afterEach } from 'vitest';
import { Workbench } from './workbench.ts';

/** After a failed test, what the window looked like is in test/artifacts/failed-TITLE.png. */
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  const title = task.name.replace(/[^\w]+/g, '-').slice(0, 80);
  for (const workbench of Workbench.opened) await workbench.screenshot(`failed-${title}`);
});

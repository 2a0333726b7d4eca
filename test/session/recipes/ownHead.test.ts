import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import type { SessionApi } from '../../../src/session/api.ts';
import { readRecipe } from '../../../src/session/recipes/readRecipe.ts';
import { openSession } from '../../../src/session/session.ts';
import { bundleWorker } from '../support/bundleWorker.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let worker: Awaited<ReturnType<typeof bundleWorker>>;
let session: SessionApi;
beforeAll(async () => {
  worker = await bundleWorker();
  const source = fileURLToPath(new URL('../../fixtures/checkpoints/gpt2-shakespeare', import.meta.url));
  session = await openSession(source, { version: '1', threads: 1, workerScript: worker.script });
  await session.scan({});
});
afterAll(async () => {
  await session.close();
  worker.remove();
});

test('a head of its own takes from the scan what is known of the embedding: basic sums have decibels, as full ones', async () => {
  const plan = resolvePlan(session.model, await readRecipe('gpt2-int8-head'), null);
  const basic = await session.measure(plan, { format: null, sums: 'basic' });
  const full = await session.measure(plan, { format: null });
  const headOf = ({ tensors }: typeof full) => tensors.find(({ name }) => name === 'lm_head.weight');
  expect(headOf(basic)?.figures.sqnrDb).toBeCloseTo(headOf(full)?.figures.sqnrDb ?? Number.NaN, 9);
  expect(basic.totals.quantized.sqnrDb).toBeCloseTo(full.totals.quantized.sqnrDb ?? Number.NaN, 9);
  // The session itself knows no such tensor.
  expect(session.model.tensors.some(({ name }) => name === 'lm_head.weight')).toBe(false);
  expect(session.summaries.has('lm_head.weight')).toBe(false);
});

test('the histogram of what it decodes to is read from the embedding', async () => {
  const plan = resolvePlan(session.model, await readRecipe('gpt2-int8-head'), null);
  const names = ['lm_head.weight'];
  const histogram = await session.decodedHistogram(plan, { names, format: null, bins: 8, low: -1, high: 1 });
  const count = [...histogram.original].reduce((sum, each) => sum + each, histogram.below + histogram.above);
  expect(count).toBe(2048 * 128);
});

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import type { SessionApi } from '../../src/session/api.ts';
import { openSession } from '../../src/session/session.ts';
import { bundleWorker } from './support/bundleWorker.ts';
import { planOf } from './support/planOf.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/* What was published of sign planes and of KL calibration, in squared error, on the trained weights that are bundled. */

const checkpoints = fileURLToPath(new URL('../fixtures/checkpoints/', import.meta.url));

let worker: Awaited<ReturnType<typeof bundleWorker>>;
beforeAll(async () => {
  worker = await bundleWorker();
});
afterAll(() => worker.remove());

/** SQNR in dB over all linear layers. */
async function sqnrOf(session: SessionApi, spec: QuantizerSpec): Promise<number> {
  const { totals } = await session.measure(planOf(session.model, null, spec), { format: null });
  return totals.quantized.sqnrDb!;
}

describe.each(['llama-shakespeare', 'gpt2-shakespeare'] as const)('the weights of %s', (name) => {
  let session: SessionApi;
  beforeAll(async () => {
    session = await openSession(join(checkpoints, name), { version: '1', threads: 2, workerScript: worker.script });
  });
  afterAll(() => session.close());

  test.each([1, 2])('as %i sign planes by l2 have less squared error than by sup', async (planes) => {
    const l2 = await sqnrOf(session, { id: 'binary', sequence: `l2x${planes}` });
    expect(l2).toBeGreaterThan(await sqnrOf(session, { id: 'binary', sequence: `supx${planes}` }));
  });

  test.each([4, 6, 8])('as %i sign planes by sup have less squared error than by l2', async (planes) => {
    const sup = await sqnrOf(session, { id: 'binary', sequence: `supx${planes}` });
    expect(sup).toBeGreaterThan(await sqnrOf(session, { id: 'binary', sequence: `l2x${planes}` }));
  });

  test('sup first, then l2, is ahead of either', async () => {
    const mixed = await sqnrOf(session, { id: 'binary', sequence: 'supx4,l2x2' });
    expect(mixed).toBeGreaterThan(await sqnrOf(session, { id: 'binary', sequence: 'supx6' }));
    expect(mixed).toBeGreaterThan(await sqnrOf(session, { id: 'binary', sequence: 'l2x6' }));
  });

  test('KL calibration is ahead of absmax at 4 bits, where the tails of a tensor take most of the grid', async () => {
    const calibrated = await sqnrOf(session, { id: 'absmax', bits: 4, unit: 'tensor', clip: 'kl' });
    expect(calibrated).toBeGreaterThan(await sqnrOf(session, { id: 'absmax', bits: 4, unit: 'tensor' }));
  });

  test('alternating is ahead of greedy of as many planes', async () => {
    for (const bits of [2, 3, 4]) {
      const refined = await sqnrOf(session, { id: 'alternating', bits });
      expect(refined).toBeGreaterThan(await sqnrOf(session, { id: 'binary', sequence: `l2x${bits}` }));
    }
  });
});

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeQuantizer } from '../../src/core/quantizers/describeQuantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { SessionApi } from '../../src/session/api.ts';
import { openSession } from '../../src/session/session.ts';
import { EVERY_SPEC } from '../worker/support/everySpec.ts';
import { bundleWorker } from './support/bundleWorker.ts';
import { planOf } from './support/planOf.ts';
import { temporaryFolder } from './support/samples.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/* Every preset on the layers of the bundled GPT-2, by the workers that ship. */

/** All layers of the first block, stored [inputs, channels]. */
const BLOCK = { kind: 'linear', match: 'transformer.h.0.*' } as const;

let worker: Awaited<ReturnType<typeof bundleWorker>>;
let sessions: SessionApi[];
beforeAll(async () => {
  worker = await bundleWorker();
  const source = fileURLToPath(new URL('../fixtures/checkpoints/gpt2-shakespeare', import.meta.url));
  const open = (threads: number): Promise<SessionApi> =>
    openSession(source, { version: '1', threads, workerScript: worker.script });
  sessions = await Promise.all([open(1), open(3)]);
  // One of them knows the value tables, so that its searches read nothing.
  await sessions[0]?.scan({});
});
afterAll(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  worker.remove();
});

test.each(EVERY_SPEC.map((spec) => [describeQuantizer(resolveQuantizer(spec)), spec] as const))(
  '%s: figures depend neither on threads nor on what was scanned, and a save has them',
  async (_, spec) => {
    const quantizer = resolveQuantizer(spec);
    const format = quantizer.family === 'cast' && quantizer.dtype === null ? 'dequantized' : 'loupe';
    const measured = await Promise.all(
      sessions.map((session) => session.measure(planOf(session.model, format, spec, BLOCK), { format })),
    );
    const quantized = measured[0]?.tensors.filter((tensor) => tensor.quantizer !== null) ?? [];
    expect(quantized).toHaveLength(4);
    expect(measured[1]).toEqual(measured[0]);
    const session = sessions[1] as SessionApi;
    const out = join(temporaryFolder(), 'out');
    const report = await session.save(planOf(session.model, format, spec, BLOCK), { format, out });
    expect(report.verified).toBe(true);
    expect(report.totals?.quantized.meanSquaredError).toBe(measured[0]?.totals.quantized.meanSquaredError);
  },
);

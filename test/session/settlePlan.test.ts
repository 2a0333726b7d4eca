import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { packedFormatOf } from '../../src/core/formats/registry.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { planSizes } from '../../src/core/report/planSizes.ts';
import type { Progress, SessionApi } from '../../src/session/api.ts';
import { openSession } from '../../src/session/session.ts';
import { bundleWorker } from './support/bundleWorker.ts';
import { planOf } from './support/planOf.ts';
import { copySample, temporaryFolder } from './support/samples.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/* LLM.int8's outlier columns are found in the weights, and yet every size is known before a byte is written. */

let worker: Awaited<ReturnType<typeof bundleWorker>>;
const sessions: SessionApi[] = [];
beforeAll(async () => {
  worker = await bundleWorker();
});
afterAll(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  worker.remove();
});

async function open(path: string): Promise<SessionApi> {
  const session = await openSession(path, { version: '1', threads: 2, workerScript: worker.script });
  sessions.push(session);
  return session;
}

const SPEC: QuantizerSpec = { id: 'llm-int8', outliers: '5sigma' };

describe.each(['gpt2-shakespeare', 'llama-shakespeare'] as const)('outlier columns of %s', (name) => {
  test('are counted by measuring, and their bytes with them', async () => {
    const session = await open(copySample(name));
    const plain = await session.measure(planOf(session.model, 'loupe', { id: 'llm-int8' }), { format: 'loupe' });
    const apart = await session.measure(planOf(session.model, 'loupe', SPEC), { format: 'loupe' });
    const counts = apart.tensors.flatMap(({ outlier_columns = 0 }) => outlier_columns);
    expect(counts.some((count) => count > 0)).toBe(true);
    apart.tensors.forEach((row, i) => {
      const { outlier_columns = 0, input_columns = 0, stored_bytes } = row;
      const tensor = session.model.tensors[i]!;
      const withoutColumns = plain.tensors[i]!;
      expect(withoutColumns).not.toHaveProperty('outlier_columns');
      if (row.quantizer === null) {
        expect(row).not.toHaveProperty('outlier_columns');
        return;
      }
      expect(row.quantizer).toBe('llm-int8 outliers 5sigma');
      expect(input_columns).toBe(tensor.view.inputs);
      // F16 [channels, k] and I32 [k] beside.
      const columnBytes = outlier_columns * (2 * tensor.view.channels + 4);
      expect(stored_bytes).toBe(withoutColumns.stored_bytes + columnBytes);
      if (outlier_columns > 0) expect(row.figures.sqnrDb).toBeGreaterThan(withoutColumns.figures.sqnrDb!);
      else expect(row.figures).toEqual(withoutColumns.figures);
    });
  });

  test('are said by the preview, which promises the bytes that are written', async () => {
    const session = await open(copySample(name));
    const out = join(temporaryFolder(), 'out.safetensors');
    const plan = planOf(session.model, 'loupe', SPEC);
    const preview = await session.preview(plan, { format: 'loupe', out });
    const note = preview.problems.find(({ code }) => code === 'plan/outlier-columns');
    const columns = preview.tensors.reduce((sum, { outlier_columns = 0 }) => sum + outlier_columns, 0);
    expect(columns).toBeGreaterThan(0);
    expect(note).toMatchObject({ severity: 'note', args: { columns } });
    const report = await session.save(plan, { format: 'loupe', out });
    expect(report.verified).toBe(true);
    expect(report.problems.map(({ code }) => code)).toContain('plan/outlier-columns');
    expect(report.tensors.map(({ outlier_columns }) => outlier_columns)).toEqual(
      preview.tensors.map(({ outlier_columns }) => outlier_columns),
    );
    expect(statSync(out).size).toBe(preview.files[0]?.bytes);

    const saved = await open(out);
    const packings = saved.model.tensors.map(({ packing }) => packing);
    report.tensors.forEach(({ quantizer, outlier_columns = 0 }, i) => {
      if (quantizer === null) expect(packings[i]).toBeNull();
      else if (outlier_columns === 0) expect(packings[i]).toBe('LLM.int8');
      else expect(packings[i]).toBe(`LLM.int8 with ${outlier_columns} columns in F16`);
    });
  });

  test('are searched once in a session', async () => {
    const session = await open(copySample(name));
    const plan = planOf(session.model, 'loupe', SPEC);
    const first = await session.measure(plan, { format: 'loupe' });
    const progress: Progress[] = [];
    const second = await session.measure(plan, { format: 'loupe', onProgress: (each) => progress.push(each) });
    expect(second).toEqual(first);
    expect(progress.every(({ totalBytes }) => totalBytes === 0)).toBe(true);
  });

  test('settle a plan without a pass once they are known', async () => {
    const session = await open(copySample(name));
    const plan = planOf(session.model, 'loupe', SPEC);
    expect(session.settled(plan)).toBe(plan);
    const { totals } = await session.measure(plan, { format: 'loupe', nonFinite: 'clamp' });
    const sizes = planSizes(session.model, session.settled(plan), packedFormatOf('loupe'));
    expect(sizes.storedBytes).toBe(totals.stored_bytes);
    expect(sizes.quantizedBitsPerWeight).toBe(totals.quantized_bits_per_weight);
  });

  test('lie under the histogram of the decoded weights as they do under the figures', async () => {
    const session = await open(copySample(name));
    const plan = planOf(session.model, null, SPEC);
    const { totals } = await session.measure(plan, { format: null });
    const histogram = await session.decodedHistogram(plan, { names: null, format: null, bins: 50, low: -1, high: 1 });
    expect(histogram.figures).toEqual(totals.quantized);
  });
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PackedFormatId } from '../../src/core/formats/format.ts';
import { figuresOf, sqnrDb } from '../../src/core/metrics/deriveFigures.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { instantFigures } from '../../src/core/stats/instantFigures.ts';
import type { QuantizeDocument } from '../../src/protocol/documents.ts';
import type { Progress, SaveOptions, SessionApi, SessionOptions } from '../../src/session/api.ts';
import { openSession } from '../../src/session/session.ts';
import { bundleWorker } from './support/bundleWorker.ts';
import { planOf } from './support/planOf.ts';
import { copySample, snapshot, temporaryFolder } from './support/samples.ts';
import { writeSparse } from './support/writeSparse.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/* The session with the workers that ship, on the bundled checkpoints. */

let worker: Awaited<ReturnType<typeof bundleWorker>>;
const sessions: SessionApi[] = [];
beforeAll(async () => {
  worker = await bundleWorker();
});
afterAll(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  worker.remove();
});

let out: string;
beforeEach(() => {
  out = join(temporaryFolder(), 'out');
});

async function open(path: string, options: Partial<SessionOptions> = {}): Promise<SessionApi> {
  const session = await openSession(path, { version: '1', threads: 2, workerScript: worker.script, ...options });
  sessions.push(session);
  return session;
}

function save(
  session: SessionApi,
  format: PackedFormatId,
  spec: QuantizerSpec | 'keep',
  options: Partial<SaveOptions> = {},
): Promise<QuantizeDocument> {
  return session.save(planOf(session.model, format, spec, { kind: spec === 'keep' ? 'all' : 'linear' }), {
    format,
    out,
    ...options,
  });
}

describe('a scan', () => {
  test.each(['llama-shakespeare', 'gpt2-shakespeare'] as const)('of %s finds every tensor', async (name) => {
    const session = await open(copySample(name));
    await session.scan({});
    expect(session.summaries.size).toBe(session.model.tensors.length);
    for (const { name: tensor, elements } of session.model.tensors) {
      const summary = session.summaries.get(tensor)!;
      expect(summary).toMatchObject({ count: elements, nans: 0, infinities: 0 });
      expect(summary.sparkline.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(elements - summary.nans);
    }
    expect(session.backend.id).toBe('wasm');
  });

  test('gives a tensor the table and the channel ranges that its summary agrees with', async () => {
    const session = await open(copySample('llama-shakespeare'));
    const { name, view, elements } = session.model.tensors.find(({ kind }) => kind === 'linear')!;
    const { summary, table, channels } = await session.openTensor(name);
    expect(table?.counts.reduce((sum, count) => sum + count, 0)).toBe(elements);
    expect(channels?.max).toHaveLength(view.channels);
    expect(Math.max(...channels!.max)).toBe(summary.max);
    expect(Math.min(...channels!.min)).toBe(summary.min);
    const { low, high } = await session.channelQuantiles(name);
    for (const [channel, value] of low.entries()) {
      expect(value).toBeGreaterThanOrEqual(channels!.min[channel]!);
      expect(high[channel]).toBeLessThanOrEqual(channels!.max[channel]!);
    }
  });
});

describe('figures', () => {
  const quantizers: QuantizerSpec[] = [
    { id: 'absmax', bits: 4, unit: 'group', groupSize: 32 },
    { id: 'absmax', bits: 8, unit: 'channel' },
    { id: 'absmax', bits: 8, unit: 'tensor' },
    { id: 'rtn', bits: 4, unit: 'group', groupSize: 64, asymmetric: true },
    { id: 'absmax-full', bits: 4 },
    { id: 'zero-point', bits: 8, unit: 'tensor' },
    { id: 'uniform', bits: 5, unit: 'group', groupSize: 48 },
    { id: 'uniform', bits: 4, unit: 'tensor', clip: 'percentile:99.9' },
    { id: 'absmax', bits: 4, unit: 'group', groupSize: 64, clip: 'mse' },
    { id: 'zero-point', bits: 4, unit: 'channel', clip: 'sigma:4' },
    { id: 'absmax', bits: 8, unit: 'tensor', clip: 'kl' },
    { id: 'rtn', bits: 5, unit: 'tensor', clip: 'mse', asymmetric: true },
    { id: 'lloyd-max', bits: 4 },
    { id: 'optimal', bits: 6 },
    { id: 'fixed-point', bits: 8, fraction: 'mse' },
    { id: 'binary', sequence: 'supx4,l2x2' },
    { id: 'alternating', bits: 3, groupSize: 100 },
    { id: 'hqq', bits: 4 },
    { id: 'llm-int8', outliers: '5sigma' },
    { id: 'f16' },
  ];

  test.each(quantizers)(
    'of $id $bits $unit do not depend on threads or kernels, nor on what was scanned before',
    async (spec) => {
      const source = copySample('gpt2-shakespeare');
      const measured = await Promise.all(
        [{ threads: 1 }, { threads: 3 }, { threads: 2, backend: 'ref' as const }].map(async (options, i) => {
          const session = await open(source, options);
          if (i === 0) await session.scan({});
          const measurement = await session.measure(planOf(session.model, null, spec), { format: null });
          await session.close();
          return measurement;
        }),
      );
      const [first, ...others] = measured;
      expect(first!.totals.quantized.sqnrDb).toBeGreaterThan(10);
      for (const other of others) {
        expect(other.tensors).toEqual(first!.tensors);
        expect(other.totals).toEqual(first!.totals);
      }
    },
  );

  test('of a tensor of many chunks do not depend on threads', async () => {
    const path = join(temporaryFolder(), 'large.safetensors');
    const [channels, inputs] = [5000, 4096];
    writeSparse(path, [{ name: 'mlp.up_proj.weight', dtype: 'BF16', shape: [channels, inputs] }]);
    writeFileSync(path, noise(readFileSync(path), channels * inputs));
    const measured = await Promise.all(
      [1, 2, 3].map(async (threads) => {
        const session = await open(path, { threads });
        const plan = planOf(session.model, null, { id: 'absmax', bits: 4, unit: 'tensor' });
        const { tensors } = await session.measure(plan, { format: null });
        await session.close();
        return tensors;
      }),
    );
    expect(measured[0]![0]!.figures.sqnrDb).toBeGreaterThan(1);
    expect(measured[1]).toEqual(measured[0]);
    expect(measured[2]).toEqual(measured[0]);
  });

  test('of kept tensors are exact, and count in the totals', async () => {
    const session = await open(copySample('llama-shakespeare'));
    const { tensors, totals } = await session.measure(planOf(session.model, null, { id: 'absmax' }), { format: null });
    const kept = tensors.filter(({ quantizer }) => quantizer === null);
    expect(kept.length).toBeGreaterThan(5);
    for (const { figures, stored_bytes, original_bytes } of kept) {
      expect(figures).toMatchObject({ exact: true, maxError: 0 });
      expect(figures.cosine).toBeCloseTo(1, 12);
      expect(stored_bytes).toBe(original_bytes);
    }
    expect(totals.all.sqnrDb).toBeGreaterThan(totals.quantized.sqnrDb!);
    expect(totals.all.count).toBe(session.model.parameters);
  });

  test.each([
    { id: 'zero-point', bits: 4, unit: 'tensor', clip: 'mse' },
    { id: 'absmax', bits: 8, unit: 'tensor', clip: 'kl' },
    { id: 'lloyd-max', bits: 3 },
    { id: 'optimal', bits: 8 },
  ] as const)('of $id over a whole tensor are those that the page has from its value table', async (spec) => {
    const session = await open(copySample('llama-shakespeare'));
    const plan = planOf(session.model, null, spec);
    await session.scan({});
    const progress: Progress[] = [];
    const { tensors, sums: measured } = await session.measure(plan, {
      format: null,
      onProgress: (each) => progress.push(each),
    });
    for (const { name, quantizer, figures, bound_sqnr_db } of tensors.filter((tensor) => tensor.quantizer !== null)) {
      const { table } = await session.openTensor(name);
      expect(table!.kind, quantizer!).toBe('BF16');
      const { sums, bound } = instantFigures(table!, resolveQuantizer(spec))!;
      const instant = figuresOf(sums);
      if (bound === null) expect(bound_sqnr_db).toBeUndefined();
      else expect(bound_sqnr_db).toBe(sqnrDb({ ...sums, energy: measured.get(name)!.energy, squaredError: bound }));
      expect(Math.abs(instant.meanSquaredError! / figures.meanSquaredError! - 1)).toBeLessThan(1e-12);
      expect(instant.clippedShare).toBe(figures.clippedShare);
    }
    expect(progress.every(({ doneBytes, totalBytes }) => doneBytes <= totalBytes)).toBe(true);
    expect(progress.at(-1)).toMatchObject({ doneBytes: progress.at(-1)!.totalBytes });
  });

  test('that are known are not computed again', async () => {
    const session = await open(copySample('llama-shakespeare'));
    const plan = planOf(session.model, null, { id: 'absmax' });
    const first = await session.measure(plan, { format: null });
    const progress: Progress[] = [];
    const second = await session.measure(plan, { format: null, onProgress: (each) => progress.push(each) });
    expect(second).toEqual(first);
    expect(progress.every(({ totalBytes }) => totalBytes === 0)).toBe(true);
  });

  test('of named tensors come in the order asked for', async () => {
    const session = await open(copySample('llama-shakespeare'));
    const plan = planOf(session.model, null, { id: 'absmax' });
    const names = session.model.tensors
      .map(({ name }) => name)
      .slice(3, 9)
      .reverse();
    const arrived: string[] = [];
    const { tensors } = await session.measure(plan, {
      format: null,
      names,
      onMeasured: (batch) => arrived.push(...batch.map(({ name }) => name)),
    });
    expect(tensors.map(({ name }) => name)).toEqual(names);
    expect(arrived.sort()).toEqual([...names].sort());
  });

  test('of several quantizers on one tensor arrive row by row', async () => {
    const session = await open(copySample('llama-shakespeare'));
    const plan = planOf(session.model, null, { id: 'absmax', bits: 4 });
    const { tensor, quantizer } = plan.decisions.find((decision) => decision.quantizer !== null)!;
    const rows: number[] = [];
    const eight = planOf(session.model, null, { id: 'absmax', bits: 8 }).decisions.find((each) => each.quantizer)!;
    await session.compare(tensor, [quantizer!, eight.quantizer!], {
      format: null,
      onRow: (index, { figures }) => rows.push(index, figures.sqnrDb!),
    });
    expect([rows[0], rows[2]]).toEqual([0, 1]);
    expect(rows[3]! - rows[1]!).toBeGreaterThan(15);
  });

  test('and the histogram of dequantized values agree', async () => {
    const session = await open(copySample('llama-shakespeare'));
    const plan = planOf(session.model, null, { id: 'absmax', bits: 3, unit: 'channel' });
    const { totals } = await session.measure(plan, { format: null });
    const histogram = await session.decodedHistogram(plan, { names: null, format: null, bins: 50, low: -1, high: 1 });
    expect(histogram.figures).toEqual(totals.quantized);
    const sum = (counts: Float64Array): number => counts.reduce((total, count) => total + count, 0);
    expect(sum(histogram.decoded)).toBe(totals.quantized.count);
    expect(sum(histogram.original)).toBe(totals.quantized.count);
  });
});

describe('a save', () => {
  const cases: [PackedFormatId, QuantizerSpec | 'keep', 'llama-shakespeare' | 'gpt2-shakespeare'][] = [
    ['compressed-tensors', { id: 'rtn', bits: 4, unit: 'group', groupSize: 32 }, 'llama-shakespeare'],
    ['compressed-tensors', { id: 'rtn', bits: 4, unit: 'group', groupSize: 64, asymmetric: true }, 'llama-shakespeare'],
    ['compressed-tensors', { id: 'absmax', bits: 8, unit: 'channel' }, 'llama-shakespeare'],
    ['compressed-tensors', { id: 'rtn', bits: 4, unit: 'group', groupSize: 32, clip: 'mse' }, 'llama-shakespeare'],
    ['compressed-tensors', { id: 'absmax', bits: 8, unit: 'tensor', clip: 'sigma:5' }, 'llama-shakespeare'],
    ['loupe', { id: 'absmax', bits: 4, unit: 'group', groupSize: 128 }, 'gpt2-shakespeare'],
    ['loupe', { id: 'absmax', bits: 3, unit: 'tensor' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'absmax-full', bits: 4 }, 'gpt2-shakespeare'],
    ['loupe', { id: 'absmax-full', bits: 1 }, 'llama-shakespeare'],
    ['loupe', { id: 'zero-point', bits: 8, unit: 'tensor' }, 'llama-shakespeare'],
    ['loupe', { id: 'zero-point', bits: 1, unit: 'channel' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'zero-point', bits: 4, unit: 'group', groupSize: 60, clip: 'percentile:99' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'uniform', bits: 1, unit: 'channel' }, 'llama-shakespeare'],
    ['loupe', { id: 'uniform', bits: 3, unit: 'group', groupSize: 50 }, 'gpt2-shakespeare'],
    ['loupe', { id: 'uniform', bits: 4, unit: 'tensor', clip: 'mse' }, 'llama-shakespeare'],
    ['loupe', { id: 'absmax-full', bits: 4, clip: 'mse' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'rtn', bits: 5, unit: 'group', groupSize: 50, asymmetric: true }, 'llama-shakespeare'],
    ['loupe', { id: 'binary', sequence: 'supx4,l2x2' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'binary', sequence: 'l2x2', groupSize: 50 }, 'llama-shakespeare'],
    ['loupe', { id: 'xnor' }, 'llama-shakespeare'],
    ['loupe', { id: 'alternating', bits: 2 }, 'gpt2-shakespeare'],
    ['loupe', { id: 'hqq', bits: 4 }, 'gpt2-shakespeare'],
    ['loupe', { id: 'hqq', bits: 3, unit: 'channel', scaleDtype: 'F32' }, 'llama-shakespeare'],
    ['loupe', { id: 'hqq', bits: 1, groupSize: 50, scaleDtype: 'BF16' }, 'llama-shakespeare'],
    ['loupe', { id: 'llm-int8' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'llm-int8', outliers: '5sigma' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'llm-int8', outliers: '0.2' }, 'llama-shakespeare'],
    ['loupe', { id: 'f16' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'f8-e4m3' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'f8-e4m3', unit: 'channel', scaleDtype: 'F16' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'f8-e5m2', unit: 'tensor' }, 'llama-shakespeare'],
    ['loupe', { id: 'fixed-point', bits: 4, fraction: 'mse' }, 'gpt2-shakespeare'],
    ['loupe', { id: 'fixed-point', bits: 12 }, 'gpt2-shakespeare'],
    ['loupe', { id: 'fixed-point', bits: 32 }, 'llama-shakespeare'],
    ['dequantized', { id: 'f8-e4m3', unit: 'channel' }, 'gpt2-shakespeare'],
    ['dequantized', { id: 'float:4,3' }, 'gpt2-shakespeare'],
    ['dequantized', { id: 'float:2,1', saturate: true }, 'llama-shakespeare'],
    ['dequantized', { id: 'tf32' }, 'gpt2-shakespeare'],
    ['dequantized', { id: 'fixed-point', bits: 12 }, 'llama-shakespeare'],
    ['dequantized', { id: 'uniform', bits: 6, unit: 'channel', clip: 'absolute:0.2' }, 'gpt2-shakespeare'],
    ['dequantized', { id: 'absmax', bits: 4, unit: 'group', groupSize: 128 }, 'gpt2-shakespeare'],
    ['dequantized', { id: 'rtn', bits: 8, unit: 'channel' }, 'llama-shakespeare'],
    ['dequantized', { id: 'binary' }, 'gpt2-shakespeare'],
    ['dequantized', { id: 'hqq', bits: 2 }, 'gpt2-shakespeare'],
    ['dequantized', { id: 'llm-int8', outliers: '5sigma' }, 'gpt2-shakespeare'],
    ['dequantized', { id: 'bf16' }, 'gpt2-shakespeare'],
    ['dequantized', 'keep', 'llama-shakespeare'],
  ];

  test.each(cases)(
    'to %s by %j of %s is verified, and opens again with the same figures',
    async (format, spec, name) => {
      const source = copySample(name);
      const before = snapshot(source);
      const session = await open(source);
      const progress: Progress[] = [];
      const report = await save(session, format, spec, { onProgress: (each) => progress.push(each) });
      expect(report.verified).toBe(true);
      expect(snapshot(source)).toEqual(before);
      expect(progress.at(-1)?.step).toBe('place');

      const packed = await open(out);
      const verification = await packed.verify(session);
      expect(verification.tensors.filter(({ differs }) => differs !== null)).toEqual([]);
      expect(verification.passed).toBe(true);
      expect(verification.totals.quantized.sqnrDb).toBe(report.totals?.quantized.sqnrDb);
      expect(packed.model.tensors.map(({ name: tensor }) => tensor)).toEqual(
        session.model.tensors.map(({ name: tensor }) => tensor),
      );
      expect(packed.model.parameters).toBe(session.model.parameters);
    },
  );

  test.each<QuantizerSpec>([{ id: 'f8-e4m3', unit: 'channel' }, { id: 'f8-e5m2' }, { id: 'fixed-point', bits: 10 }])(
    'of every floating tensor by %j, norms and embeddings among them, is verified and opens again',
    async (spec) => {
      const session = await open(copySample('gpt2-shakespeare'));
      const plan = planOf(session.model, 'loupe', spec, { kind: 'all' });
      const floating = session.model.tensors.filter(({ dtype }) => dtype.startsWith('F') || dtype === 'BF16');
      expect(plan.decisions.filter(({ quantizer }) => quantizer !== null)).toHaveLength(floating.length);
      expect((await session.save(plan, { format: 'loupe', out })).verified).toBe(true);
      const packed = await open(out);
      expect((await packed.verify(session)).passed).toBe(true);
      const shapes = (session: SessionApi): unknown[] => session.model.tensors.map(({ name, shape }) => [name, shape]);
      expect(shapes(packed)).toEqual(shapes(session));
    },
  );

  test('reports what measuring showed before', async () => {
    const session = await open(copySample('llama-shakespeare'));
    const spec: QuantizerSpec = { id: 'rtn', bits: 4, unit: 'group', groupSize: 32 };
    const plan = planOf(session.model, 'compressed-tensors', spec);
    const { tensors } = await session.measure(plan, { format: 'compressed-tensors', distances: true });
    const report = await save(session, 'compressed-tensors', spec);
    for (const [i, { figures, ...row }] of report.tensors.entries()) {
      const { figures: shown, ...expected } = tensors[i]!;
      expect(row).toEqual(expected);
      expect(figures).toEqual(shown);
    }
  });

  test('writes the files that the preview promised, to the byte', async () => {
    const session = await open(copySample('llama-shakespeare'));
    const spec: QuantizerSpec = { id: 'rtn', bits: 4, unit: 'group', groupSize: 32 };
    const options = { format: 'compressed-tensors', out, maxShardBytes: 1e6 } as const;
    const preview = await session.preview(planOf(session.model, 'compressed-tensors', spec), options);
    expect(existsSync(out)).toBe(false);
    const report = await save(session, 'compressed-tensors', spec, options);
    const isReport = (name: string): boolean => name === 'tensor-loupe-report.json';
    const found = Object.entries(snapshot(out)).map(([name, text]) => [name, text.length] as const);
    expect(found.length).toBeGreaterThan(6);
    for (const [name, bytes] of found) {
      const planned = preview.files.find((file) => file.name === name);
      if (isReport(name)) expect(planned?.bytes).toBeGreaterThanOrEqual(bytes);
      else expect(planned?.bytes, name).toBe(bytes);
      expect(report.files.find((file) => file.name === name)?.bytes, name).toBe(bytes);
    }
    expect(preview.files).toHaveLength(found.length);
  });

  test('writes the same bytes again, whatever the threads and kernels', async () => {
    const source = copySample('gpt2-shakespeare');
    const spec: QuantizerSpec = { id: 'absmax', bits: 4, unit: 'group', groupSize: 64 };
    const weights = await Promise.all(
      ([{ threads: 1 }, { threads: 3 }, { threads: 2, backend: 'ref' }] as const).map(async (options, i) => {
        const session = await open(source, options);
        await save(session, 'loupe', spec, { out: `${out}${i}.safetensors` });
        await session.close();
        return readFileSync(`${out}${i}.safetensors`).toString('latin1');
      }),
    );
    expect(new Set(weights).size).toBe(1);
  });

  test('to one file leaves the file and its report', async () => {
    const session = await open(copySample('gpt2-shakespeare'));
    await save(session, 'loupe', { id: 'absmax' }, { out: `${out}.safetensors` });
    expect(readdirSync(join(out, '..')).sort()).toEqual(['out.safetensors', 'out.tensor-loupe-report.json']);
    const packed = await open(`${out}.safetensors`);
    expect((await packed.verify(session)).passed).toBe(true);
  });

  test.each(['dequantized', 'loupe'] as const)(
    'as %s is verified by the axis that a person chose, which the saved file cannot tell',
    async (format) => {
      const session = await open(copySample('llama-shakespeare'), { axis: 1 });
      const file = `${out}.safetensors`;
      const { verified } = await save(session, format, { id: 'absmax', bits: 4 }, { out: file });
      expect(verified).toBe(true);
      const packed = await open(file);
      const { totals } = await packed.verify(await open(session.path));
      expect(totals.all.sqnrDb).toBeGreaterThan(10);
    },
  );

  test('replaces an earlier save when asked to', async () => {
    const session = await open(copySample('llama-shakespeare'));
    await save(session, 'loupe', { id: 'absmax', bits: 8 });
    await expect(save(session, 'loupe', { id: 'absmax', bits: 4 })).rejects.toMatchObject({ code: 'save/exists' });
    await save(session, 'loupe', { id: 'absmax', bits: 4 }, { force: true });
    expect((await (await open(out)).verify(session)).passed).toBe(true);
    expect(readdirSync(join(out, '..'))).toEqual(['out']);
  });

  test('of a packed checkpoint is refused, but for writing it out dequantized', async () => {
    const session = await open(copySample('llama-shakespeare'));
    await save(session, 'compressed-tensors', { id: 'rtn', bits: 4, unit: 'group', groupSize: 32 });
    const packed = await open(out);
    await expect(save(packed, 'loupe', { id: 'absmax' }, { out: `${out}2` })).rejects.toMatchObject({
      code: 'checkpoint/packed',
    });
    const plain = `${out}-plain`;
    await save(packed, 'dequantized', 'keep', { out: plain });
    const written = await open(plain);
    expect(written.model.packedFormat).toBe(null);
    expect(written.model.config).not.toHaveProperty('quantization_config');
    const verification = await written.verify(packed);
    expect(verification.totals.all.exact).toBe(true);
  });

  test('of a tensor that is not finite is refused by name, or clamped when asked', async () => {
    const source = copySample('llama-shakespeare');
    const session = await open(source);
    const tensor = session.model.tensors.find(({ kind }) => kind === 'linear')!;
    if (tensor.source.kind !== 'raw') throw new Error('a plain checkpoint');
    const { path, start } = tensor.source.data;
    const bytes = readFileSync(path);
    bytes.writeUInt16LE(0x7fc0, start + 20);
    bytes.writeUInt16LE(0xff80, start + 40);
    writeFileSync(path, bytes);
    const damaged = await open(source);
    const spec: QuantizerSpec = { id: 'rtn', bits: 4, unit: 'group', groupSize: 32 };
    await expect(save(damaged, 'compressed-tensors', spec)).rejects.toMatchObject({
      code: 'tensor/non-finite',
      args: { tensor: tensor.name, count: 2, index: 10 },
    });
    expect(existsSync(out)).toBe(false);
    const report = await save(damaged, 'compressed-tensors', spec, { nonFinite: 'clamp' });
    expect(report.verified).toBe(true);
    expect((await (await open(out)).verify(damaged)).passed).toBe(true);
  });

  test('keeps dtypes that no kernel decodes to the byte, and empty tensors', async () => {
    const path = join(temporaryFolder(), 'odd.safetensors');
    writeSparse(path, [
      { name: 'f4', dtype: 'F4', shape: [3, 2] },
      { name: 'c64', dtype: 'C64', shape: [5] },
      { name: 'empty', dtype: 'F32', shape: [0, 4] },
      { name: 'scalar', dtype: 'F64', shape: [] },
      { name: 'ids', dtype: 'I64', shape: [7] },
      { name: 'mlp.up_proj.weight', dtype: 'F32', shape: [8, 8] },
    ]);
    const session = await open(path);
    await session.scan({});
    await save(session, 'loupe', { id: 'absmax' }, { out: `${out}.safetensors` });
    expect((await (await open(`${out}.safetensors`)).verify(session)).passed).toBe(true);
  });

  test('that is stopped leaves nothing', async () => {
    const session = await open(copySample('gpt2-shakespeare'));
    const stop = new AbortController();
    const saving = save(
      session,
      'loupe',
      { id: 'absmax' },
      {
        stop: stop.signal,
        onProgress: ({ step }) => {
          if (step === 'write') stop.abort();
        },
      },
    );
    await expect(saving).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(join(out, '..'))).toEqual([]);
  });
});

test('ten thousand tiny tensors are scanned, saved and verified', { timeout: 30_000 }, async () => {
  const path = join(temporaryFolder(), 'many.safetensors');
  writeSparse(
    path,
    Array.from({ length: 10_000 }, (_, i) => ({
      name: `layers.${i}.mlp.up_proj.weight`,
      dtype: 'BF16',
      shape: [4, 16],
    })),
  );
  const session = await open(path);
  await session.scan({});
  expect(session.summaries.size).toBe(10_000);
  const report = await save(session, 'loupe', { id: 'absmax', bits: 4, unit: 'channel' });
  expect(report.tensors).toHaveLength(10_000);
});

/** Fills the data of a BF16 file with values of many magnitudes (a seeded linear congruential generator). */
function noise(file: Buffer, elements: number): Buffer {
  let state = 12345;
  for (let i = 0; i < elements; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const bits = ((state >>> 16) & 0x80ff) | (0x3c00 + ((state >>> 8) & 0x0300));
    file.writeUInt16LE(bits, file.length - 2 * elements + 2 * i);
  }
  return file;
}

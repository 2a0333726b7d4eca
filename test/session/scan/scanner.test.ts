import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import type { TensorSummary } from '../../../src/core/stats/summary.ts';
import type { ScanItem } from '../../../src/protocol/worker.ts';
import type { Progress } from '../../../src/session/api.ts';
import { Scanner, type ScanOptions } from '../../../src/session/scan/scanner.ts';
import { type FakePool, fakePool } from '../support/fakePool.ts';
import { fakeScan } from '../support/fakeScan.ts';
import { tensorOf } from '../support/tensors.ts';

const MB = 500_000; // elements of BF16 in a megabyte
const tensors = Array.from({ length: 40 }, (_, i) => tensorOf(`t${i}`, 1000, 2 * (MB / 1000), { start: i * 2e6 }));

function itemsOf(pool: FakePool): ScanItem[] {
  return pool.calls.flatMap(({ ask }) => (ask as { items: readonly ScanItem[] }).items);
}

function namesOf(pool: FakePool): string[] {
  return itemsOf(pool).map(({ source }) => (source.kind === 'raw' ? source.data.name : ''));
}

function scanWith(pool: FakePool): {
  readonly found: Map<string, TensorSummary>;
  readonly scan: (options?: ScanOptions, some?: typeof tensors) => Promise<void>;
} {
  const found = new Map<string, TensorSummary>();
  const scanner = new Scanner(pool, (summary) => found.set(summary.name, summary));
  return { found, scan: (options = {}, some = tensors) => scanner.scan(some, options) };
}

describe('a scan', () => {
  test('reads every tensor once, in the order of the file, and hands the summaries over in batches', async () => {
    const pool = fakePool({ 'tensor/scan': fakeScan });
    const { found, scan } = scanWith(pool);
    const batches: string[][] = [];
    await scan({ onSummaries: (batch) => batches.push(batch.map(({ name }) => name)) });
    const names = tensors.map(({ name }) => name);
    expect(namesOf(pool)).toEqual(names);
    expect(batches.flat().sort()).toEqual([...names].sort());
    expect(batches.length).toBeLessThan(names.length);
    expect([...found.values()].every(({ count, mean }) => count === 2 * MB && mean === 1)).toBe(true);
  });

  test('reads what is asked for first before the rest', async () => {
    const pool = fakePool({ 'tensor/scan': fakeScan });
    await scanWith(pool).scan({ first: ['t30', 't7'] });
    expect(namesOf(pool).slice(0, 4)).toEqual(['t30', 't7', 't0', 't1']);
  });

  test('takes a new order from a second scan, and reads no tensor twice for both', async () => {
    const pool = fakePool({ 'tensor/scan': fakeScan }, { held: true });
    const { scan } = scanWith(pool);
    const first = scan();
    const seen: string[] = [];
    const second = scan({ first: ['t39'], onSummaries: (batch) => seen.push(...batch.map(({ name }) => name)) }, [
      tensors[39]!,
    ]);
    pool.release();
    await second;
    expect(seen).toEqual(['t39']);
    await first;
    const names = namesOf(pool);
    expect(names).toHaveLength(40);
    expect(names.indexOf('t39')).toBeLessThan(39);
  });

  test('reads a large tensor in chunks and adds them up', async () => {
    const pool = fakePool({ 'tensor/scan': fakeScan });
    const { found, scan } = scanWith(pool);
    await scan({}, [tensorOf('large', 32000, 4096)]);
    expect(itemsOf(pool)).toHaveLength(16);
    expect(found.get('large')?.count).toBe(32000 * 4096);
  });

  test('samples tensors above a size, and marks them', async () => {
    const pool = fakePool({ 'tensor/scan': fakeScan });
    const { found, scan } = scanWith(pool);
    const progress: Progress[] = [];
    const tables: string[] = [];
    await scan(
      { sampleAboveBytes: 10e6, onProgress: (each) => progress.push(each), onTable: (name) => tables.push(name) },
      [tensorOf('large', 32000, 4096), tensorOf('small', 8, 8)],
    );
    expect(found.get('large')).toMatchObject({ sampled: true, count: 32000 * 4096 });
    expect(found.get('small')).toMatchObject({ sampled: false, count: 64 });
    expect(tables).toEqual(['small']);
    expect(progress.at(-1)).toMatchObject({ doneBytes: 2 * 2 ** 20 + 128, totalBytes: 2 * 2 ** 20 + 128 });
  });

  test('reports all bytes and tensors at its end', async () => {
    const pool = fakePool({ 'tensor/scan': fakeScan });
    const progress: Progress[] = [];
    await scanWith(pool).scan({ onProgress: (each) => progress.push(each) });
    expect(progress.at(-1)).toMatchObject({ step: 'scan', doneBytes: 80e6, totalBytes: 80e6, doneTensors: 40 });
  });
});

describe('a scan that is stopped', () => {
  test('asks for nothing more and ends with an abort', async () => {
    const pool = fakePool({ 'tensor/scan': fakeScan }, { held: true });
    const stop = new AbortController();
    const scan = scanWith(pool).scan({ stop: stop.signal });
    stop.abort();
    await expect(scan).rejects.toMatchObject({ name: 'AbortError' });
    pool.release();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(pool.calls).toEqual([]);
  });

  test('does not take away what another scan wants', async () => {
    const pool = fakePool({ 'tensor/scan': fakeScan }, { held: true });
    const { scan, found } = scanWith(pool);
    const stop = new AbortController();
    const stopped = scan({ stop: stop.signal });
    const kept = scan({}, tensors.slice(5, 20));
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    pool.release();
    await kept;
    for (const { name } of tensors.slice(5, 20)) expect(found.has(name)).toBe(true);
    expect(namesOf(pool).length).toBeLessThan(40);
  });

  test('can begin again at once', async () => {
    const pool = fakePool({ 'tensor/scan': fakeScan }, { held: true });
    const { scan, found } = scanWith(pool);
    const stop = new AbortController();
    const stopped = scan({ stop: stop.signal });
    stop.abort();
    const again = scan();
    pool.release();
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    await again;
    expect(found.size).toBe(40);
  });
});

test('a failure ends every scan that wants the tensor, and only those', async () => {
  const pool = fakePool({
    'tensor/scan': (ask) => {
      const names = ask.items.map(({ source }) => (source.kind === 'raw' ? source.data.name : ''));
      if (names.includes('bad')) throw new Failure('file/changed', { path: 'model.safetensors' });
      return fakeScan(ask);
    },
  });
  const { scan } = scanWith(pool);
  const bad = tensorOf('bad', 8192, 4096, { path: 'z' });
  const failing = scan({}, [...tensors, bad]);
  const fine = scan({}, tensors.slice(0, 30));
  await expect(failing).rejects.toMatchObject({ code: 'file/changed' });
  await fine;
});

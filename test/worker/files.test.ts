import {
  appendFileSync,
  chmodSync,
  readdirSync,
  readFileSync,
  readlinkSync as readlink,
  renameSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RawSource } from '../../src/core/model/model.ts';
import type { QuantizeItem, ScanItem } from '../../src/protocol/worker.ts';
import { NodeFiles } from '../../src/worker/files/nodeFiles.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { TargetFile } from './support/targets.ts';
import { allRows, type TestWorker, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { storedAt, temporaryFolder, writeTensor } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;
const isLinux = process.platform === 'linux';

function scan(worker: TestWorker, ...sources: RawSource[]): Promise<unknown> {
  const items = sources.map(
    (source, item): ScanItem => ({ item, source, rows: allRows(source), table: true, channels: false, sample: null }),
  );
  return worker.call('tensor/scan', items);
}

function copyOf(source: RawSource, targets: QuantizeItem['targets']): QuantizeItem {
  const rest = { quantizer: null, roundTo: null, search: null, nonFinite: 'refuse', sums: 'basic' } as const;
  return { item: 0, source, rows: allRows(source), ...rest, targets };
}

/** Files of this process that are open below a folder. */
function openBelow(path: string): string[] {
  const found = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlink(join('/proc/self/fd', fd));
    } catch {
      return []; // the handle that listed the folder
    }
  });
  return found.filter((open) => open.startsWith(path));
}

describe('source files', () => {
  test('that grew, shrank or were touched since they were opened are refused', async () => {
    const worker = await testWorker();
    const changes: ((path: string) => void)[] = [
      (path) => appendFileSync(path, 'x'),
      (path) => writeFileSync(path, readFileSync(path).subarray(1)),
      (path) => utimesSync(path, new Date(), new Date(Date.now() - 60_000)),
    ];
    for (const change of changes) {
      const source = writeTensor(floatsOf(normal, 100, 1), 10, 10);
      await scan(worker, source);
      change(source.data.path);
      const refusal = { code: 'file/changed', args: { path: source.data.path } };
      await expect(scan(worker, source)).rejects.toMatchObject(refusal);
    }
  });

  test('that were replaced by a rename are refused, or read anew where they are the same', async () => {
    const worker = await testWorker();
    const source = writeTensor(floatsOf(normal, 100, 1), 10, 10);
    await scan(worker, source);
    const other = writeTensor(floatsOf(normal, 100, 2), 10, 10);
    utimesSync(other.data.path, new Date(), new Date(Date.now() - 60_000));
    renameSync(other.data.path, source.data.path);
    await expect(scan(worker, source)).rejects.toMatchObject({ code: 'file/changed' });
    const reopened = { ...source, data: storedAt(source.data.path, source.data) };
    expect(worker.read(reopened)).toEqual(floatsOf(normal, 100, 2));
  });

  test('that are gone are named', async () => {
    const worker = await testWorker();
    const source = writeTensor(floatsOf(normal, 100, 1), 10, 10);
    unlinkSync(source.data.path);
    await expect(scan(worker, source)).rejects.toMatchObject({
      code: 'file/not-found',
      args: { path: source.data.path },
    });
  });

  test('that cannot be read as a file say why', async () => {
    const worker = await testWorker();
    const source = writeTensor(floatsOf(normal, 100, 1), 10, 10);
    const folder = { ...source, data: storedAt(temporaryFolder(), source.data) };
    await expect(scan(worker, folder)).rejects.toMatchObject({ code: 'file/unreadable' });
  });

  test('are read in any number, with few of them open', async () => {
    const worker = await testWorker();
    const sources = Array.from({ length: 60 }, (_, seed) => writeTensor(floatsOf(normal, 64, seed), 8, 8));
    await scan(worker, ...sources, ...sources);
  });

  test.runIf(isLinux)('are closed at the end of a call, after a failure as well', async () => {
    const worker = await testWorker();
    const source = writeTensor(floatsOf(normal, 100, 1), 10, 10);
    await scan(worker, source);
    expect(openBelow(source.data.path)).toEqual([]);
    const missing = { ...source, data: { ...source.data, path: `${source.data.path}.not` } };
    await expect(scan(worker, source, missing)).rejects.toMatchObject({ code: 'file/not-found' });
    expect(openBelow(source.data.path)).toEqual([]);
  });
});

describe('target files', () => {
  const source = writeTensor(floatsOf(normal, 600, 1), 20, 30);
  const part = { name: 'w', dtype: 'F32', shape: [20, 30], content: { kind: 'copy' } } as const;

  test('that do not exist are not made', async () => {
    const worker = await testWorker();
    const path = join(temporaryFolder(), 'nothing');
    const call = worker.call('tensor/quantize', [copyOf(source, [{ part, path, offset: 0 }])]);
    await expect(call).rejects.toMatchObject({ code: 'save/failed', args: { path } });
    expect(() => readFileSync(path)).toThrow();
  });

  test.runIf(isLinux && process.getuid?.() !== 0)('that may not be written are read-only', async () => {
    const worker = await testWorker();
    const file = new TargetFile([part]);
    chmodSync(file.path, 0o444);
    const call = worker.call('tensor/quantize', [copyOf(source, file.targets)]);
    await expect(call).rejects.toMatchObject({ code: 'save/read-only' });
  });

  test.runIf(isLinux)('on a full disk say what is needed', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const call = worker.call('tensor/quantize', [copyOf(source, [{ part, path: '/dev/full', offset: 0 }])]);
    await expect(call).rejects.toMatchObject({ code: 'save/no-space', args: { path: '/dev/full', needed: 512 } });
  });

  test('are written at offsets beyond 32 bits', async () => {
    const worker = await testWorker();
    const file = new TargetFile([]);
    const offset = 2 ** 33 + 5;
    await worker.call('tensor/quantize', [copyOf(source, [{ part, path: file.path, offset }])]);
    const data = storedAt(file.path, { ...source.data, start: offset, end: offset + 2400 });
    expect(worker.read({ ...source, data })).toEqual(floatsOf(normal, 600, 1));
    file.cut(0);
  });

  test('a new file at the same path is written, not the one that was there before', async () => {
    const files = new NodeFiles();
    const worker = await testWorker({ files });
    const file = new TargetFile([part]);
    await worker.call('tensor/quantize', [copyOf(source, file.targets)]);
    const written = readFileSync(file.path);
    unlinkSync(file.path);
    writeFileSync(file.path, Buffer.alloc(written.length, 0xee));
    await worker.call('tensor/quantize', [copyOf(source, file.targets)]);
    expect(readFileSync(file.path).equals(written)).toBe(true);
  });
});

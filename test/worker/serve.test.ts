import { describe, expect, test } from 'vitest';
import type { ScanItem, WorkerMessage, WorkerRequest, WorkerStop } from '../../src/protocol/worker.ts';
import { NodeFiles } from '../../src/worker/files/nodeFiles.ts';
import type { WorkerFiles } from '../../src/worker/files/workerFiles.ts';
import { serve, type WorkerHost } from '../../src/worker/serve.ts';
import { loadTestKernels } from '../kernels/support/backends.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { allRows, TINY_LIMITS } from './support/testWorker.ts';
import { writeTensor } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;
const source = writeTensor(floatsOf(normal, 64 * 64, 1), 64, 64);
const scan: ScanItem = { item: 0, source, rows: allRows(source), table: true, channels: false, sample: null };

type Ended = Extract<WorkerMessage, { readonly ok: boolean }>;

/** A served worker, as its caller sees it. */
class Caller {
  readonly messages: WorkerMessage[] = [];
  #listener: (message: WorkerRequest | WorkerStop) => void = () => {};
  #waiting = new Map<number, (message: Ended) => void>();

  constructor(host: Partial<WorkerHost> = {}, post: (message: WorkerMessage) => void = () => {}) {
    const port = {
      post: (message: WorkerMessage): void => {
        post(message);
        this.messages.push(structuredClone(message));
        if ('ok' in message) this.#waiting.get(message.re)?.(message);
      },
      onMessage: (listener: (message: WorkerRequest | WorkerStop) => void): void => {
        this.#listener = listener;
      },
    };
    const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    serve(port, { loadKernels: loadTestKernels, files: new NodeFiles(), pause, ...host });
  }

  send(request: WorkerRequest): Promise<Ended> {
    return new Promise((resolve) => {
      this.#waiting.set(request.id, resolve);
      this.#listener(request);
    });
  }

  stop(id: number): void {
    this.#listener({ stop: id });
  }
}

/** Files that tell of every read. */
function watchedFiles(onRead: () => void): WorkerFiles {
  const files = new NodeFiles();
  return {
    read: (file, start, target) => {
      files.read(file, start, target);
      onRead();
    },
    write: (path, offset, bytes) => files.write(path, offset, bytes),
    closeAll: () => files.closeAll(),
  };
}

describe('a hello', () => {
  test('tells the backend, the memory and what else there is, with reasons', async () => {
    const answer = await new Caller().send({ id: 1, kind: 'worker/hello', ask: { backend: 'auto' } });
    expect(answer).toMatchObject({ re: 1, ok: true, answer: { backend: 'wasm' } });
    const { backends, memoryBytes } = (answer as unknown as { answer: { backends: unknown[]; memoryBytes: number } })
      .answer;
    expect(backends).toContainEqual({ id: 'wasm', available: true, why: expect.any(String) });
    expect(backends).toContainEqual({ id: 'ref', available: true, why: expect.stringMatching(/\S/) });
    expect(memoryBytes).toBeGreaterThan(0);
  });

  test('chooses the backend of the calls after it', async () => {
    const caller = new Caller();
    for (const backend of ['ref', 'wasm', 'auto'] as const) {
      const answer = await caller.send({ id: 1, kind: 'worker/hello', ask: { backend } });
      expect(answer).toMatchObject({ ok: true, answer: { backend: backend === 'auto' ? 'wasm' : backend } });
    }
  });

  test('for kernels that cannot be loaded fails with the reason, and is asked again', async () => {
    let attempts = 0;
    const loadKernels: WorkerHost['loadKernels'] = (backend) => {
      if (attempts++ === 0) throw new Error('no memory for the kernels');
      return loadTestKernels(backend);
    };
    const caller = new Caller({ loadKernels });
    const failed = await caller.send({ id: 1, kind: 'worker/hello', ask: { backend: 'wasm' } });
    const args = { backend: 'wasm', why: 'no memory for the kernels' };
    expect(failed).toMatchObject({ ok: false, aborted: false, failure: { code: 'kernel/unavailable', args } });
    expect(await caller.send({ id: 2, kind: 'tensor/scan', ask: { items: [scan] } })).toMatchObject({ ok: true });
  });
});

describe('a call', () => {
  test('needs no hello before it', async () => {
    const answer = await new Caller().send({ id: 5, kind: 'tensor/scan', ask: { items: [scan] } });
    expect(answer).toMatchObject({ re: 5, ok: true, answer: { results: [{ item: 0, elements: 4096 }] } });
  });

  test('is answered in its turn', async () => {
    const caller = new Caller();
    const ids = [4, 2, 9, 1];
    await Promise.all(ids.map((id) => caller.send({ id, kind: 'tensor/scan', ask: { items: [scan] } })));
    const ended = caller.messages.filter((message): message is Ended => 'ok' in message);
    expect(ended.map(({ re }) => re)).toEqual(ids);
  });

  test('of an unknown kind, or that asks nonsense, fails and the next one is served', async () => {
    const caller = new Caller();
    const unknown = { id: 1, kind: 'tensor/guess', ask: {} } as unknown as WorkerRequest;
    expect(await caller.send(unknown)).toMatchObject({
      ok: false,
      aborted: false,
      failure: { code: 'worker/internal', args: { why: expect.stringContaining('tensor/guess') } },
    });
    const inherited = { id: 2, kind: 'toString', ask: {} } as unknown as WorkerRequest;
    expect(await caller.send(inherited)).toMatchObject({ ok: false, failure: { code: 'worker/internal' } });
    const nonsense = { id: 3, kind: 'tensor/scan', ask: null } as unknown as WorkerRequest;
    expect(await caller.send(nonsense)).toMatchObject({ ok: false, failure: { code: 'worker/internal' } });
    expect(await caller.send({ id: 4, kind: 'tensor/scan', ask: { items: [scan] } })).toMatchObject({ ok: true });
  });

  test('that fails tells code and arguments, and leaves nothing behind', async () => {
    const caller = new Caller();
    const missing = { ...source, data: { ...source.data, path: `${source.data.path}.gone` } };
    const items = [scan, { ...scan, source: missing }];
    const failed = await caller.send({ id: 1, kind: 'tensor/scan', ask: { items } });
    const failure = {
      code: 'file/not-found',
      args: { path: missing.data.path },
      text: expect.stringContaining('gone'),
    };
    expect(failed).toEqual({ re: 1, ok: false, aborted: false, failure });
    const again = await caller.send({ id: 2, kind: 'tensor/scan', ask: { items: [scan] } });
    const alone = await new Caller().send({ id: 2, kind: 'tensor/scan', ask: { items: [scan] } });
    expect(again).toEqual(alone);
  });

  test('whose answer cannot be sent fails', async () => {
    const caller = new Caller({}, (message) => {
      if ('ok' in message && message.ok) throw new DOMException('could not be cloned', 'DataCloneError');
    });
    const failed = await caller.send({ id: 1, kind: 'tensor/scan', ask: { items: [scan] } });
    expect(failed).toMatchObject({ ok: false, failure: { code: 'worker/internal' } });
  });

  test('reports as progress all bytes that it reads, rarely', async () => {
    const caller = new Caller({ limits: TINY_LIMITS });
    await caller.send({ id: 1, kind: 'tensor/scan', ask: { items: [scan, scan] } });
    const reports = caller.messages.flatMap((message) => ('progress' in message ? [message.progress] : []));
    expect(reports.reduce((sum, { readBytes }) => sum + readBytes, 0)).toBe(2 * 4 * 4096);
    expect(reports.length).toBeLessThan(20); // of 64 blocks
    expect('ok' in (caller.messages.at(-1) as WorkerMessage)).toBe(true);
  });
});

describe('a stop', () => {
  test('ends a call between two blocks', async () => {
    let reads = 0;
    const caller = new Caller({
      limits: TINY_LIMITS,
      files: watchedFiles(() => {
        if (++reads === 3) caller.stop(1);
        const until = performance.now() + 11; // longer than a worker computes without listening
        while (performance.now() < until);
      }),
    });
    const ended = await caller.send({ id: 1, kind: 'tensor/scan', ask: { items: [scan] } });
    expect(ended).toMatchObject({ re: 1, ok: false, aborted: true });
    expect(reads).toBeLessThan(6);
    const next = await caller.send({
      id: 2,
      kind: 'tensor/scan',
      ask: { items: [{ ...scan, rows: { start: 0, end: 2 } }] },
    });
    expect(next).toMatchObject({ ok: true, answer: { results: [{ elements: 128 }] } });
  });

  test('of a call that waits ends it before it begins', async () => {
    let reads = 0;
    const caller = new Caller({ files: watchedFiles(() => reads++) });
    const first = caller.send({ id: 1, kind: 'worker/memory', ask: {} });
    const second = caller.send({ id: 2, kind: 'tensor/scan', ask: { items: [scan] } });
    caller.stop(2);
    expect(await first).toMatchObject({ ok: true });
    expect(await second).toMatchObject({ ok: false, aborted: true });
    expect(reads).toBe(0);
  });

  test('of a call that has ended, or never was, is nothing', async () => {
    const caller = new Caller();
    caller.stop(1);
    await caller.send({ id: 1, kind: 'worker/memory', ask: {} });
    caller.stop(1);
    expect(await caller.send({ id: 1, kind: 'tensor/scan', ask: { items: [scan] } })).toMatchObject({ ok: true });
  });
});

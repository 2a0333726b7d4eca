import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ensureKernels } from '../../scripts/buildKernels.mjs';
import type { ScanItem, WorkerMessage, WorkerRequest } from '../../src/protocol/worker.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { allRows } from './support/testWorker.ts';
import { temporaryFolder, writeTensor } from './support/weightsFile.ts';

/* The entry of Node threads, bundled as it ships: with the kernels inside. */

const script = join(temporaryFolder(), 'worker.cjs');
beforeAll(async () => {
  await ensureKernels();
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/worker/node.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    loader: { '.wasm': 'binary' },
    logLevel: 'error',
  });
});

const threads: Worker[] = [];
afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
});

function startThread(): Worker {
  const thread = new Worker(script, { execArgv: [] });
  threads.push(thread);
  return thread;
}

async function call(thread: Worker, request: WorkerRequest): Promise<WorkerMessage> {
  thread.postMessage(request);
  for (;;) {
    const [message] = (await once(thread, 'message')) as [WorkerMessage];
    if ('ok' in message && message.re === request.id) return message;
  }
}

const source = writeTensor(floatsOf(DISTRIBUTIONS.normal as (random: () => number) => number, 1 << 20, 1), 1024, 1024);
const scan: ScanItem = { item: 0, source, rows: allRows(source), table: true, channels: true, sample: null };

describe('a worker thread', () => {
  test('computes with the WASM that it carries', async () => {
    const thread = startThread();
    const hello = await call(thread, { id: 0, kind: 'worker/hello', ask: { backend: 'auto' } });
    expect(hello).toMatchObject({ ok: true, answer: { backend: 'wasm' } });
    const scanned = await call(thread, { id: 1, kind: 'tensor/scan', ask: { items: [scan] } });
    expect(scanned).toMatchObject({ ok: true, answer: { results: [{ elements: 1 << 20, moments: { nans: 0 } }] } });
  });

  test('hears a stop in the midst of a call', async () => {
    const thread = startThread();
    await call(thread, { id: 0, kind: 'worker/hello', ask: { backend: 'auto' } });
    const items = Array.from({ length: 2000 }, (_, item) => ({ ...scan, item }));
    const ended = call(thread, { id: 1, kind: 'tensor/scan', ask: { items } });
    thread.postMessage({ stop: 1 });
    expect(await ended).toMatchObject({ ok: false, aborted: true });
    expect(await call(thread, { id: 2, kind: 'worker/memory', ask: {} })).toMatchObject({ ok: true });
  });

  test('that is sent what is no message dies, and says so', async () => {
    const thread = startThread();
    await call(thread, { id: 0, kind: 'worker/hello', ask: { backend: 'auto' } });
    const died = once(thread, 'error');
    thread.postMessage(null);
    expect(String((await died)[0])).toContain('null');
  });

  test('can be ended in the midst of a call', async () => {
    const thread = startThread();
    await call(thread, { id: 0, kind: 'worker/hello', ask: { backend: 'auto' } });
    const answers: WorkerMessage[] = [];
    thread.on('message', (message: WorkerMessage) => answers.push(message));
    const items = Array.from({ length: 2000 }, (_, item) => ({ ...scan, item }));
    thread.postMessage({ id: 1, kind: 'tensor/scan', ask: { items } } satisfies WorkerRequest);
    await thread.terminate();
    expect(answers.some((message) => 'ok' in message)).toBe(false);
  });
});

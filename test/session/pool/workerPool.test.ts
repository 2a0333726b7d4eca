import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WorkerPool } from '../../../src/session/pool/workerPool.ts';
import type { WorkerPort } from '../../../src/session/pool/workerPort.ts';
import { startWorkerThread } from '../../../src/session/pool/workerThread.ts';

const script = fileURLToPath(new URL('../support/stubWorker.cjs', import.meta.url));

let pool: WorkerPool;
let started: number;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loupe-pool-'));
  started = 0;
  pool = poolOf(2);
});
afterEach(async () => {
  await pool.dispose();
  rmSync(folder, { recursive: true });
});

function poolOf(size: number, path = script): WorkerPool {
  const start = (): WorkerPort => {
    started += 1;
    return startWorkerThread(path);
  };
  return new WorkerPool({ size, start });
}

/** The stub does what the order says; the pool does not look into questions. */
function order(name: string, more: Record<string, unknown> = {}): Record<string, never> {
  return { order: name, ...more } as unknown as Record<string, never>;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a call', () => {
  test('is answered by a worker that was started for it', async () => {
    expect(started).toBe(0);
    const answer = await pool.call('worker/memory', order('answer', { value: 42 }));
    expect(answer).toEqual({ memoryBytes: 42 });
    expect(started).toBe(1);
    expect(pool.backend).toEqual({ id: 'stub', why: 'it is a stub' });
  });

  test('finds the worker of the call before it still warm', async () => {
    for (let i = 0; i < 5; i++) await pool.call('worker/memory', order('answer'));
    expect(started).toBe(1);
  });

  test('waits for a free worker and starts no more of them than the pool has room for', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, value) => pool.call('worker/memory', order('answer', { value: value + 1 }))),
    );
    expect(answers.map(({ memoryBytes }) => memoryBytes)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(started).toBe(2);
  });

  test('that is urgent goes before those that wait', async () => {
    await pool.dispose();
    pool = poolOf(1);
    const order_: string[] = [];
    const run = (name: string, urgent: boolean): Promise<unknown> =>
      pool.call('worker/memory', order('answer'), { urgent }).then(() => order_.push(name));
    await Promise.all([run('first', false), run('second', false), run('urgent', true)]);
    expect(order_).toEqual(['first', 'urgent', 'second']);
  });

  test('tells how long a worker had it, without the wait for one', async () => {
    await pool.dispose();
    pool = poolOf(1);
    const served: number[] = [];
    const started_ = performance.now();
    const run = () => pool.call('worker/memory', order('answer'), { onServed: (ms) => served.push(ms) });
    await Promise.all(Array.from({ length: 50 }, run));
    const all = performance.now() - started_;
    expect(served).toHaveLength(50);
    expect(served.every((ms) => ms >= 0)).toBe(true);
    // One worker served them one after the other: with their waits they would add up to many times that.
    expect(served.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(all);
  });

  test('passes the progress of its worker on', async () => {
    const bytes: number[][] = [];
    await pool.call('worker/memory', order('answer'), { onProgress: (read, written) => bytes.push([read, written]) });
    expect(bytes).toEqual([[7, 3]]);
  });

  test('rejects with the failure of its worker, by code', async () => {
    await expect(pool.call('worker/memory', order('fail'))).rejects.toMatchObject({
      name: 'Failure',
      code: 'tensor/non-finite',
      args: { tensor: 'w' },
    });
  });
});

describe('a stop', () => {
  test('ends a call that runs once its worker has let go', async () => {
    const stop = new AbortController();
    const call = pool.call('worker/memory', order('wait'), { stop: stop.signal });
    await until(() => pool.backend.id === 'stub');
    stop.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(await pool.call('worker/memory', order('answer'))).toEqual({ memoryBytes: 1 });
    expect(started).toBe(1);
  });

  test('ends a call that waits without asking any worker', async () => {
    await pool.dispose();
    pool = poolOf(1);
    const [first, second] = [new AbortController(), new AbortController()];
    const running = pool.call('worker/memory', order('wait'), { stop: first.signal });
    const waiting = pool.call('worker/memory', order('die'), { stop: second.signal });
    second.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    first.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('that came before the call is heard', async () => {
    await expect(pool.call('worker/memory', order('die'), { stop: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(started).toBe(0);
  });
});

describe('a worker that dies', () => {
  test('is replaced, and its call is tried once more', async () => {
    const bytes: number[] = [];
    const answer = await pool.call('worker/memory', order('die-once', { marker: join(folder, 'died') }), {
      onProgress: (read) => bytes.push(read),
    });
    expect(answer).toEqual({ memoryBytes: 2 });
    expect(started).toBe(2);
    expect(bytes).toEqual([5, -5]);
  });

  test('twice on one call rejects that call with the reason', async () => {
    await expect(pool.call('worker/memory', order('die'))).rejects.toMatchObject({
      code: 'worker/died',
      args: { why: 'exit code 7' },
    });
  });

  test('leaves the other calls alone', async () => {
    const dying = pool.call('worker/memory', order('die'));
    const others = Array.from({ length: 8 }, () => pool.call('worker/memory', order('answer')));
    await expect(Promise.all(others)).resolves.toHaveLength(8);
    await expect(dying).rejects.toMatchObject({ code: 'worker/died' });
  });

  test('because its script is missing says so', async () => {
    await pool.dispose();
    pool = poolOf(1, join(folder, 'missing.cjs'));
    const call = pool.call('worker/memory', order('answer'));
    await expect(call).rejects.toMatchObject({ code: 'worker/died' });
    await expect(call).rejects.toThrow(/missing\.cjs/);
  });
});

test('disposing aborts what runs and what waits, and nothing starts after it', async () => {
  const calls = Array.from({ length: 6 }, () => pool.call('worker/memory', order('wait')));
  await until(() => pool.backend.id === 'stub');
  await Promise.all([
    pool.dispose(),
    ...calls.map((call) => expect(call).rejects.toMatchObject({ name: 'AbortError' })),
  ]);
  await expect(pool.call('worker/memory', order('answer'))).rejects.toMatchObject({ name: 'AbortError' });
  expect(started).toBe(2);
});

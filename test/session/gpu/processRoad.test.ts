import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { englishOf, gpuText } from '../../../src/core/text/gpuTexts.ts';
import { GpuSearcher } from '../../../src/session/gpu/gpuSearcher.ts';
import { processRoad } from '../../../src/session/gpu/processRoad.ts';
import type { KernelPool } from '../../../src/session/pool/kernelPool.ts';
import { isAlive } from './support/isAlive.ts';
import { tensorOf } from './support/tensorOf.ts';

const script = fileURLToPath(new URL('./stubGpu.cjs', import.meta.url));
const ROWS = { start: 2, end: 7 };

const searchers: GpuSearcher[] = [];
afterEach(() => {
  for (const searcher of searchers.splice(0)) searcher.end();
});

interface Stub {
  readonly state?: string;
  readonly search?: string;
  /** Of the package, found before a process is started. */
  readonly module?: string | null;
}

/** A session's searches, by a process that behaves as it is told. */
function open({ state = 'hardware', search = 'finds', module = script }: Stub) {
  const told: string[] = [];
  const pids: number[] = [];
  const env = { ...process.env, STUB_STATE: state, STUB_SEARCH: search };
  const road = processRoad({ module, script, env, patienceMs: 300, onStart: (pid) => pids.push(pid) });
  const pool = {} as KernelPool; // nothing is measured where webgpu is wanted
  const searcher = new GpuSearcher({ wanted: 'webgpu', roads: [road], pool, onFault: (line) => told.push(line) });
  searchers.push(searcher);
  return { searcher, told, pids };
}

const spec: QuantizerSpec = { id: 'rtn', bits: 4, unit: 'channel', clip: 'mse' };
const ask = (searcher: GpuSearcher, tensor = tensorOf(), asked = spec) =>
  searcher.search(tensor, ROWS, resolveQuantizer(asked), 0);

describe('the road by a GPU process', () => {
  test('gives what the process found for the rows, and says which adapter did', async () => {
    const { searcher, told } = open({});
    expect(searcher.summary).toBeNull();
    expect((await ask(searcher))?.values).toEqual(new Float32Array(5).fill(1));
    expect((await ask(searcher))?.values).toEqual(new Float32Array(5).fill(2));
    searcher.countProposals(5, 3);
    expect(searcher.summary && englishOf(searcher.summary)).toBe(
      'searches on stub by process; 3 of 5 proposals refused',
    );
    expect(told).toEqual([]);
  });

  test('asks about a long run of rows in blocks, and puts them together in their order', async () => {
    const { searcher } = open({});
    const tensor = tensorOf('F32', 40, 65_536); // 16 rows are 4 MiB
    const found = await searcher.search(tensor, { start: 0, end: 40 }, resolveQuantizer(spec), 0);
    const values = [1, 2, 3].flatMap((block) => Array<number>(block === 3 ? 8 : 16).fill(block));
    expect(found?.values).toEqual(Float32Array.from(values));
    expect(found?.sums[0]).toBe(3);
  });

  test('is not for quantizers without a search and for other dtypes', async () => {
    const { searcher, pids } = open({});
    expect(await ask(searcher, tensorOf(), { id: 'rtn', bits: 4 })).toBeNull();
    expect(await ask(searcher, tensorOf('I8'))).toBeNull();
    expect(pids).toEqual([]);
  });

  test('starts no process where the package is not there', async () => {
    const { searcher, pids } = open({ module: 'no-such-package' });
    const [road] = await searcher.probe();
    expect(road?.state).toEqual({
      available: false,
      why: gpuText('package-not-found', { package: 'no-such-package' }),
    });
    expect(await ask(searcher)).toBeNull();
    expect(pids).toEqual([]);
  });

  test('says why there is none, where the process dies while it looks', async () => {
    const { searcher, pids } = open({ state: 'dies' });
    const [road] = await searcher.probe();
    expect(road?.state).toEqual({
      available: false,
      why: gpuText('failed', { why: 'the GPU process ended (SIGKILL)' }),
    });
    expect(await ask(searcher)).toBeNull();
    expect(pids).toHaveLength(1);
  });

  test('keeps no process that found no adapter, and asks no other', async () => {
    const { searcher, pids } = open({ state: 'none' });
    const [road] = await searcher.probe();
    expect(road?.state).toEqual({ available: false, why: gpuText('no-adapter') });
    expect(await ask(searcher)).toBeNull();
    expect(pids).toHaveLength(1);
    await expect.poll(() => isAlive(pids[0]!)).toBe(false);
  });

  test.each([
    ['dies', 'the GPU process ended (SIGKILL)'],
    ['hangs', 'no answer in 0.3 s'],
    ['loses', 'the device was lost'],
    ['fails', 'out of memory'],
  ])('leaves the search to the workers where it %s, and is not tried a third time', async (search, why) => {
    const { searcher, told } = open({ search });
    expect(await ask(searcher)).toBeNull();
    expect(await ask(searcher)).toBeNull();
    expect(await ask(searcher)).toBeNull();
    const line = `WebGPU failed: ${why}. The workers search instead.`;
    expect(told).toEqual([line, `${line} It is not tried again.`]);
  });

  test('that goes fails once, however many searches it takes along', async () => {
    const { searcher, told, pids } = open({ search: 'dies' });
    expect(await Promise.all([ask(searcher), ask(searcher), ask(searcher), ask(searcher)])).toEqual(
      Array(4).fill(null),
    );
    expect(told).toEqual(['WebGPU failed: the GPU process ended (SIGKILL). The workers search instead.']);
    expect(pids).toHaveLength(1);
  });

  test('goes on where a row is more than the device holds, and says so once', async () => {
    const { searcher, told } = open({ search: 'refuses' });
    for (let i = 0; i < 3; i++) expect(await ask(searcher)).toBeNull();
    const line = 'WebGPU: a row of 64 weights is more than the device holds at once. The workers search instead.';
    expect(told).toEqual([line]);
  });

  test('goes on with a new process after the first was killed', async () => {
    const { searcher, told, pids } = open({});
    expect(await ask(searcher)).not.toBeNull();
    process.kill(pids[0] as number, 'SIGKILL');
    expect(await ask(searcher)).toBeNull();
    expect((await ask(searcher))?.values).toEqual(new Float32Array(5).fill(1));
    expect(pids).toHaveLength(2);
    expect(told).toEqual(['WebGPU failed: the GPU process ended (SIGKILL). The workers search instead.']);
  });

  test('holds up nobody who cancels while it hangs', async () => {
    const { searcher, told } = open({ search: 'hangs' });
    await searcher.probe();
    const stop = new AbortController();
    const asked = searcher.search(tensorOf(), ROWS, resolveQuantizer(spec), 0, stop.signal);
    stop.abort();
    await expect(asked).rejects.toThrow('The job was stopped.');
    expect(told).toEqual([]);
  });
});

import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { ModelTensor } from '../../../src/core/model/model.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { GpuRoad } from '../../../src/session/gpu/gpuRoad.ts';

const script = fileURLToPath(new URL('./stubGpu.cjs', import.meta.url));
const ROWS = { start: 2, end: 7 };

/** A tensor as far as the road looks at it. */
function tensorOf(dtype = 'BF16', transposed = false): ModelTensor {
  const view = { channels: 8, inputs: 64, transposed };
  const data = { name: 'w', path: '', fileBytes: 0, fileMtimeMs: 0, dtype, shape: [8, 64], start: 0, end: 1024 };
  return { name: 'w', source: { kind: 'raw', view, data } } as unknown as ModelTensor;
}

const roads: GpuRoad[] = [];
afterEach(() => {
  for (const road of roads.splice(0)) road.end();
});

interface Stub {
  readonly state?: string;
  readonly search?: string;
  readonly wanted?: 'auto' | 'webgpu';
}

function open({ state = 'hardware', search = 'finds', wanted = 'auto' }: Stub): { road: GpuRoad; told: string[] } {
  const told: string[] = [];
  const env = { ...process.env, STUB_STATE: state, STUB_SEARCH: search };
  const road = new GpuRoad({
    wanted,
    script,
    module: 'here',
    env,
    patienceMs: 300,
    onFault: (line) => told.push(line),
  });
  roads.push(road);
  return { road, told };
}

const spec: QuantizerSpec = { id: 'rtn', bits: 4, unit: 'channel', clip: 'mse' };
const ask = (road: GpuRoad, tensor = tensorOf(), asked = spec) => road.search(tensor, ROWS, resolveQuantizer(asked), 0);

describe('the road to a GPU', () => {
  test('gives what the process found for the rows, and says which adapter did', async () => {
    const { road, told } = open({});
    expect(road.used).toBeNull();
    expect((await ask(road))?.values).toEqual(new Float32Array(5).fill(1));
    expect((await ask(road))?.values).toEqual(new Float32Array(5).fill(2));
    road.countRefused(3);
    expect(road.used).toBe('stub for here; 3 proposals refused');
    expect(told).toEqual([]);
  });

  test('is not for quantizers without a search, other dtypes and transposed tensors', async () => {
    const { road } = open({});
    expect(await ask(road, tensorOf(), { id: 'rtn', bits: 4 })).toBeNull();
    expect(await ask(road, tensorOf('I8'))).toBeNull();
    expect(await ask(road, tensorOf('BF16', true))).toBeNull();
    expect(road.pid).toBeUndefined();
  });

  test('takes a software adapter only where a person wants it', async () => {
    const automatic = open({ state: 'software' }).road;
    expect(await automatic.probe()).toMatchObject({ available: true, software: true });
    expect(await ask(automatic)).toBeNull();
    const forced = open({ state: 'software', wanted: 'webgpu' }).road;
    expect(await ask(forced)).not.toBeNull();
    expect(forced.used).toBe('stub for here, software; 0 proposals refused');
  });

  test('says why there is none, where the process dies while it looks', async () => {
    const { road } = open({ state: 'dies' });
    expect(await road.probe()).toEqual({ available: false, why: 'the GPU process ended (SIGKILL)' });
    expect(await ask(road)).toBeNull();
  });

  test.each([
    ['dies', 'the GPU process ended (SIGKILL)'],
    ['hangs', 'no answer in 0.3 s'],
    ['loses', 'the device was lost'],
    ['fails', 'out of memory'],
  ])('leaves the search to the workers where it %s, and is not tried a third time', async (search, why) => {
    const { road, told } = open({ search });
    expect(await ask(road)).toBeNull();
    expect(await ask(road)).toBeNull();
    expect(await ask(road)).toBeNull();
    const line = `WebGPU failed: ${why}. The workers search instead.`;
    expect(told).toEqual([line, `${line} It is not tried again.`]);
  });

  test('goes on with a new process after the first was killed', async () => {
    const { road, told } = open({});
    expect(await ask(road)).not.toBeNull();
    process.kill(road.pid as number, 'SIGKILL');
    expect(await ask(road)).toBeNull();
    expect((await ask(road))?.values).toEqual(new Float32Array(5).fill(1));
    expect(told).toEqual(['WebGPU failed: the GPU process ended (SIGKILL). The workers search instead.']);
  });
});

import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { englishOf } from '../../../src/core/text/gpuTexts.ts';
import { blockOf, type GpuRoad } from '../../../src/session/gpu/gpuRoad.ts';
import { processRoad } from '../../../src/session/gpu/processRoad.ts';
import { openSession } from '../../../src/session/session.ts';
import { DISTRIBUTIONS, floatsOf } from '../../kernels/support/seeded.ts';
import { bundleWorker } from '../support/bundleWorker.ts';
import { planOf } from '../support/planOf.ts';
import { tensorOf } from '../support/tensors.ts';
import { bundleGpu } from './support/bundleGpu.ts';
import { isAlive } from './support/isAlive.ts';
import { softwareAdapter } from './support/softwareAdapter.ts';

/* The GPU process that ships, with the package `webgpu` (or TENSOR_LOUPE_WEBGPU) on Chromium's software adapter. */

const root = fileURLToPath(new URL('../../../', import.meta.url));
const golden = join(root, 'test/fixtures/golden/inputs.safetensors');
const gpt2 = join(root, 'test/fixtures/checkpoints/gpt2-shakespeare');
const llama = join(root, 'test/fixtures/checkpoints/llama-shakespeare');
const folder = mkdtempSync(join(tmpdir(), 'loupe-gpu-'));
const worker = await bundleWorker();
const script = await bundleGpu(folder, 'src/worker/gpuNode.ts');
const faultyScript = await bundleGpu(folder, 'test/session/gpu/support/faultyGpu.ts');
const module = packagePath();
const env = softwareAdapter(folder);
const roads: GpuRoad[] = [];
const probed = await openRoad().probe();
const missing = probed.available ? '' : ` (skipped: ${englishOf(probed.why)})`;
afterAll(() => {
  for (const road of roads) road.end();
  worker.remove();
  rmSync(folder, { recursive: true, force: true });
});

function packagePath(): string | null {
  try {
    return process.env.TENSOR_LOUPE_WEBGPU ?? createRequire(import.meta.url).resolve('webgpu');
  } catch {
    return null;
  }
}

interface RoadPlan {
  readonly fault?: string;
  readonly patienceMs?: number;
  readonly onStart?: (pid: number) => void;
}

function openRoad({ fault, ...more }: RoadPlan = {}): GpuRoad {
  const which = fault === undefined ? { script, env } : { script: faultyScript, env: { ...env, FAULT: fault } };
  const road = processRoad({ module, ...which, ...more });
  roads.push(road);
  return road;
}

/** Small ones: a software adapter takes its time. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  [golden]: ['normal_f32', 'heavy_f32', 'outliers_bf16', 'ragged_f16'],
  [gpt2]: ['transformer.h.0.attn.c_proj.weight', 'transformer.h.1.attn.c_attn.weight'],
};
const options = { version: '1', threads: 2, workerScript: worker.script } as const;

function open(path: string, road: GpuRoad | null, onNotice: (line: string) => void = () => {}) {
  if (road === null) return openSession(path, { ...options, backend: 'wasm' });
  return openSession(path, { ...options, backend: 'webgpu', roads: [road], onNotice });
}

/** Figures of every tensor that the plan quantizes, and what ran. */
async function measure(path: string, spec: QuantizerSpec, road: GpuRoad | null, onNotice?: (line: string) => void) {
  const session = await open(path, road, onNotice);
  try {
    const plan = planOf(session.model, 'loupe', spec, path === golden ? { kind: 'all' } : { kind: 'linear' });
    const { tensors } = await session.measure(plan, { format: 'loupe', names: NAMES[path]! });
    const figures = tensors
      .filter(({ quantizer }) => quantizer !== null)
      .map((each) => ({ ...each.figures, name: each.name }));
    return { figures, backend: session.backend };
  } finally {
    await session.close();
  }
}

const CLIP: QuantizerSpec = { id: 'rtn', bits: 4, groupSize: 32, clip: 'mse' };
const SPECS: readonly QuantizerSpec[] = [
  CLIP,
  { id: 'alternating', bits: 3, groupSize: 64 },
  { id: 'hqq', bits: 4, groupSize: 64 },
  { id: 'lloyd-max', bits: 3, unit: 'channel' },
];

/** HQQ minimises another error than this one: what it proposes is refused where Σ|e| grows. */
const toleranceOf = ({ id }: QuantizerSpec): number => (id === 'hqq' ? 1.01 : 1.001);

test('the probe of a GPU process gives an adapter with its limits, or a reason', () => {
  if (!probed.available) expect(englishOf(probed.why)).toMatch(/\w/);
  else expect(probed).toMatchObject({ adapter: /\w/, limits: { maxBufferSize: expect.any(Number) } });
});

describe.skipIf(!probed.available)(`a session with a GPU process${missing}`, { timeout: 120_000 }, () => {
  test.each(SPECS)('measures $id as well as without it, and says what ran', async (spec) => {
    const plain = await measure(golden, spec, null);
    const { figures, backend } = await measure(golden, spec, openRoad());
    expect(plain.backend.id).toBe('wasm');
    expect(backend.id).toBe('wasm+webgpu');
    expect(backend.why).toMatch(/ \(software\) by process; \d+ of \d+ proposals refused$/);
    figures.forEach(({ name, meanSquaredError }, i) => {
      expect(meanSquaredError, name).toBeLessThanOrEqual(plain.figures[i]!.meanSquaredError! * toleranceOf(spec));
    });
  });

  test('measures transposed weights of GPT-2 as well as without it', async () => {
    const plain = await measure(gpt2, CLIP, null);
    const { figures, backend } = await measure(gpt2, CLIP, openRoad());
    expect(backend.id).toBe('wasm+webgpu');
    expect(figures).toHaveLength(2);
    figures.forEach(({ name, meanSquaredError }, i) => {
      expect(meanSquaredError, name).toBeLessThanOrEqual(plain.figures[i]!.meanSquaredError! * 1.001);
    });
  });

  test('starts a new process where it was killed between jobs', async () => {
    const told: string[] = [];
    const pids: number[] = [];
    const road = openRoad({ onStart: (pid) => pids.push(pid) });
    await road.probe();
    process.kill(pids[0]!, 'SIGKILL');
    await expect.poll(() => isAlive(pids[0]!)).toBe(false);
    const { figures } = await measure(golden, CLIP, road, (line) => told.push(line));
    expect(figures).toEqual((await measure(golden, CLIP, null)).figures);
    expect(pids).toHaveLength(2);
    expect(told).toEqual([]);
  });

  test.each([
    ['kill', 'the GPU process ended (SIGKILL)'],
    ['destroy', 'the device was lost: '],
  ])('saves a verified file where its device goes in the middle of the job (%s)', async (fault, why) => {
    const told: string[] = [];
    const copy = join(folder, `llama-${fault}`);
    cpSync(llama, copy, { recursive: true });
    const session = await open(copy, openRoad({ fault }), (line) => told.push(line));
    const out = join(folder, `saved-${fault}`);
    const plan = planOf(session.model, 'loupe', { id: 'alternating', bits: 1, groupSize: 64 });
    const document = await session.save(plan, { format: 'loupe', out });
    await session.close();
    expect(document.verified).toBe(true);
    expect(document.run.backend).toBe('wasm+webgpu');
    // The process is started again after the first fault, and fails again at its eighth search.
    expect(told).toHaveLength(2);
    expect(told[0]).toContain(`WebGPU failed: ${why}`);
    expect(told[1]).toMatch(/ The workers search instead\. It is not tried again\.$/);
    expect(existsSync(out)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('.loupe-'))).toEqual([]);
  });

  test('goes on by the workers where a shader never ends', async () => {
    const told: string[] = [];
    const pids: number[] = [];
    const road = openRoad({ fault: 'endless', patienceMs: 700, onStart: (pid) => pids.push(pid) });
    const { figures } = await measure(golden, CLIP, road, (line) => told.push(line));
    expect(figures).toEqual((await measure(golden, CLIP, null)).figures);
    const line = 'WebGPU failed: no answer in 0.7 s. The workers search instead.';
    expect(told).toEqual([line, `${line} It is not tried again.`]);
    // What hangs was ended, not left behind.
    for (const pid of pids) await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test('finds the same on a device that binds 1 MB at a time', async () => {
    const [rows, inputs] = [1024, 640];
    const path = join(folder, 'raw.bin');
    const weights = floatsOf(DISTRIBUTIONS.normal!, rows * inputs, 7);
    writeFileSync(path, new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength));
    const tensor = tensorOf('w', rows, inputs, { dtype: 'F32', path });
    // One round: a software adapter takes its time.
    const block = blockOf(tensor, { start: 0, end: rows }, resolveQuantizer({ id: 'hqq', bits: 4, groupSize: 64 }), 1)!;
    expect(tensor.storedBytes).toBeGreaterThan(2 * 2 ** 20);
    const whole = await openRoad({ fault: 'none' }).search(block);
    const inBlocks = await openRoad({ fault: 'limit' }).search(block);
    expect(new Set(whole.values).size).toBeGreaterThan(3);
    expect(inBlocks).toEqual(whole);
  });
});

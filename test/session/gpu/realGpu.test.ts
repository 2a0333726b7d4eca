import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { GpuRoad } from '../../../src/session/gpu/gpuRoad.ts';
import { openSession } from '../../../src/session/session.ts';
import { findBrowser } from '../../workbench/support/browser.ts';
import { bundleWorker } from '../support/bundleWorker.ts';
import { planOf } from '../support/planOf.ts';

/* The GPU process that ships, with the package `webgpu` (or TENSOR_LOUPE_WEBGPU) on Chromium's software adapter. */

const root = fileURLToPath(new URL('../../../', import.meta.url));
const golden = join(root, 'test/fixtures/golden/inputs.safetensors');
const folder = mkdtempSync(join(tmpdir(), 'loupe-gpu-'));
const worker = await bundleWorker();
const script = join(folder, 'gpu.cjs');
await build({
  absWorkingDir: root,
  entryPoints: ['src/worker/gpuNode.ts'],
  outfile: script,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  logLevel: 'error',
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
});
const module = packagePath();
const env = softwareAdapter();
const roads: GpuRoad[] = [];
const probed = await openRoad().probe();
const missing = probed.available ? '' : ` (skipped: ${probed.why})`;
afterAll(() => {
  for (const road of roads) road.end();
  worker.remove();
});

function packagePath(): string | null {
  try {
    return process.env.TENSOR_LOUPE_WEBGPU ?? createRequire(import.meta.url).resolve('webgpu');
  } catch {
    return null; // an optional peer dependency
  }
}

/** Chromium's own Vulkan loader and software driver. */
function softwareAdapter(): NodeJS.ProcessEnv {
  const browser = findBrowser();
  const candidates = ['/usr/lib/chromium', ...(browser === undefined ? [] : [dirname(browser)])];
  const chromium = candidates.find((each) => existsSync(join(each, 'vk_swiftshader_icd.json')));
  if (chromium === undefined) return process.env;
  const driver = JSON.parse(readFileSync(join(chromium, 'vk_swiftshader_icd.json'), 'utf8')) as {
    ICD: { library_path: string };
  };
  driver.ICD.library_path = join(chromium, driver.ICD.library_path);
  const path = join(folder, 'icd.json');
  writeFileSync(path, JSON.stringify(driver));
  return { ...process.env, LD_LIBRARY_PATH: chromium, VK_DRIVER_FILES: path, XDG_RUNTIME_DIR: folder };
}

function openRoad(onFault: (line: string) => void = () => {}): GpuRoad {
  const road = new GpuRoad({ wanted: 'webgpu', script, module, env, onFault });
  roads.push(road);
  return road;
}

/** Figures of a few golden inputs. */
async function measure(spec: QuantizerSpec, gpu: GpuRoad | null) {
  const session = await openSession(golden, {
    ...{ version: '1', threads: 2, workerScript: worker.script, backend: 'wasm' },
    ...(gpu !== null && { gpu }),
  });
  try {
    const plan = planOf(session.model, 'loupe', spec, { kind: 'all' });
    const names = ['normal_f32', 'heavy_f32', 'outliers_bf16', 'ragged_f16'];
    const { tensors } = await session.measure(plan, { format: null, names });
    return { figures: tensors.map(({ name, figures }) => ({ name, ...figures })), backend: session.backend };
  } finally {
    await session.close();
  }
}

const SPECS: readonly QuantizerSpec[] = [
  { id: 'rtn', bits: 4, groupSize: 32, clip: 'mse' },
  { id: 'alternating', bits: 3, groupSize: 64 },
  { id: 'hqq', bits: 4, groupSize: 64 },
];

test('the probe of a GPU process gives an adapter or a reason', () => {
  expect(probed.available ? probed.adapter : probed.why).toMatch(/\w/);
});

describe.skipIf(!probed.available)(`a session with a GPU process${missing}`, { timeout: 120_000 }, () => {
  test.each(SPECS)('measures $id as well as without it, and says what ran', async (spec) => {
    const plain = await measure(spec, null);
    const { figures, backend } = await measure(spec, openRoad());
    expect(plain.backend.id).toBe('wasm');
    expect(backend.id).toBe('wasm+webgpu');
    expect(backend.why).toMatch(/proposals refused$/);
    figures.forEach(({ name, meanSquaredError }, i) => {
      // HQQ minimises another error than this one: what it proposes is refused where Σ|e| grows.
      const most = plain.figures[i]!.meanSquaredError! * (spec.id === 'hqq' ? 1.01 : 1.001);
      expect(meanSquaredError, name).toBeLessThanOrEqual(most);
    });
  });

  test('gives the figures of the workers where its process was killed', async () => {
    const spec = SPECS[0]!;
    const told: string[] = [];
    const road = openRoad((line) => told.push(line));
    await road.probe();
    process.kill(road.pid as number, 'SIGKILL');
    const { figures } = await measure(spec, road);
    expect(figures).toEqual((await measure(spec, null)).figures);
    expect(told).toEqual(['WebGPU failed: the GPU process ended (SIGKILL). The workers search instead.']);
  });
});

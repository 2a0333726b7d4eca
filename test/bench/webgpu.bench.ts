import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeQuantizer } from '../../src/core/quantizers/describeQuantizer.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { englishOf } from '../../src/core/text/gpuTexts.ts';
import type { GpuState } from '../../src/protocol/gpu.ts';
import { describeAdapter } from '../../src/session/gpu/describeAdapter.ts';
import { processRoad } from '../../src/session/gpu/processRoad.ts';
import { softwareAdapter } from '../session/gpu/support/softwareAdapter.ts';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { writeOneMatrix } from './checkpoints.ts';
import type { GpuJob, GpuJobAnswer } from './jobs/gpuJob.ts';
import { outputOf } from './jobs/runJob.ts';

const [CHANNELS, INPUTS] = [4096, 11_008];

const SEARCHES: readonly QuantizerSpec[] = [
  { id: 'rtn', bits: 4, groupSize: 128, clip: 'mse' },
  { id: 'rtn', bits: 4, unit: 'channel', clip: 'mse' },
  { id: 'hqq', bits: 4, groupSize: 64 },
  { id: 'lloyd-max', bits: 4, unit: 'channel' },
  { id: 'alternating', bits: 2, groupSize: 128 },
  { id: 'alternating', bits: 4, groupSize: 128 },
];

type Env = Readonly<Record<string, string | undefined>> | null;

/** The machine's own adapter, else Chromium's software adapter. */
async function findAdapter(folder: string): Promise<{ readonly state: GpuState; readonly env: Env }> {
  const own = await probe(null);
  if (own.available) return { state: own, env: null };
  const env = softwareAdapter(folder);
  const software = await probe(env);
  return software.available ? { state: software, env } : { state: own, env: null };
}

async function probe(env: Env): Promise<GpuState> {
  const road = processRoad({ module: null, ...(env && { env: { ...process.env, ...env } }) });
  const state = await road.probe();
  road.end();
  return state;
}

/** Only by `npm run bench -- --backend webgpu`. */
export const benchmark: Benchmark = {
  title: 'Searches of one BF16 matrix from its file: WebGPU proposing to all cores against WebAssembly on all cores',
  async run({ isQuick, folder }) {
    const { state, env } = await findAdapter(folder);
    const threads = availableParallelism();
    if (!state.available)
      return [{ name: 'searches', peer: 'WebGPU', threads, seconds: 0, skipped: englishOf(state.why) }];
    console.log(englishOf(describeAdapter(state)));
    if (state.software) console.log('a software adapter proves results, not speed');
    const channels = isQuick || state.software ? 64 : CHANNELS;
    const path = join(folder, 'webgpu');
    await mkdir(path);
    await writeOneMatrix(path, channels, INPUTS, 'BF16', 'linear');
    console.log(`matrix: ${channels} × ${INPUTS}`);
    const inputBytes = 2 * channels * INPUTS;
    const rounds = isQuick ? 1 : 3;
    const rows: BenchRow[] = [];
    for (const spec of SEARCHES) {
      const name = describeQuantizer(resolveQuantizer(spec));
      for (const backend of ['webgpu', 'wasm'] as const) {
        const job: GpuJob = { path, threads, rounds, spec, backend, env };
        const { seconds, why, faults } = await runGpuJob(job);
        console.log(`  ${name}: ${why}`);
        for (const fault of faults) console.log(`    ${fault}`);
        const figure = faults.length > 0 ? { seconds: 0, skipped: faults[0]! } : { inputBytes, seconds };
        rows.push({ name, peer: backend === 'webgpu' ? 'WebGPU' : 'WebAssembly', threads, ...figure });
      }
    }
    return rows;
  },
};

async function runGpuJob(job: GpuJob): Promise<GpuJobAnswer> {
  const script = fileURLToPath(new URL('./jobs/gpuJob.ts', import.meta.url));
  return JSON.parse(await outputOf(process.execPath, ['--no-warnings', script, JSON.stringify(job)])) as GpuJobAnswer;
}

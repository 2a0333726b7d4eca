/** A search by a session, on a GPU or by the workers alone, several times with everything warm: `node gpuJob.ts JSON`. */
import { packedFormatOf } from '../../../src/core/formats/registry.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { recipeFromFlags } from '../../../src/core/recipes/recipeFromFlags.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import { processRoad } from '../../../src/session/gpu/processRoad.ts';
import { openSession } from '../../../src/session/session.ts';

export interface GpuJob {
  readonly path: string;
  readonly threads: number;
  readonly rounds: number;
  readonly spec: QuantizerSpec;
  readonly backend: 'wasm' | 'webgpu';
  /** Where the driver of a software adapter is found; null: the machine's own. */
  readonly env: Readonly<Record<string, string | undefined>> | null;
}

export interface GpuJobAnswer {
  readonly seconds: number;
  /** What ran. */
  readonly why: string;
  /** Lines about faults: with any of them the figure is not the GPU's. */
  readonly faults: readonly string[];
  readonly meanSquaredError: number | null;
}

const job = JSON.parse(process.argv[2] ?? '') as GpuJob;
const faults: string[] = [];
const road = processRoad({
  module: null,
  patienceMs: 120_000,
  ...(job.env && { env: { ...process.env, ...job.env } }),
});
const session = await openSession(job.path, {
  ...{ version: 'bench', threads: job.threads, cacheFolder: null, backend: job.backend },
  ...(job.backend === 'webgpu' && { roads: [road], onNotice: (line: string) => faults.push(line) }),
});
const plan = resolvePlan(session.model, recipeFromFlags({ spec: job.spec }), packedFormatOf('loupe'));
let least = Number.POSITIVE_INFINITY;
let meanSquaredError: number | null = null;
// The first round starts workers and process, and compiles the shader.
for (let round = 0; round <= job.rounds; round++) {
  const started = performance.now();
  const { totals } = await session.measure(plan, { format: 'loupe', sums: 'basic' });
  if (round > 0) least = Math.min(least, (performance.now() - started) / 1000);
  meanSquaredError = totals.quantized.meanSquaredError;
}
const { why } = session.backend;
await session.close();
console.log(JSON.stringify({ seconds: least, why, faults, meanSquaredError } satisfies GpuJobAnswer));

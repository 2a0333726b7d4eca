/**
 * What Tensor Loupe does with a checkpoint, as the command line does it, several times over the same warm workers:
 * `node loupeJob.ts JSON`. Every round opens a session of its own, which knows nothing of the one before.
 */
import { join } from 'node:path';
import { packedFormatOf } from '../../../src/core/formats/registry.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { Plan } from '../../../src/core/recipes/recipe.ts';
import { recipeFromFlags } from '../../../src/core/recipes/recipeFromFlags.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import type { SessionApi } from '../../../src/session/api.ts';
import { WorkerPool } from '../../../src/session/pool/workerPool.ts';
import { workerScript } from '../../../src/session/pool/workerScript.ts';
import { startWorkerThread } from '../../../src/session/pool/workerThread.ts';
import { nodeFileSystem } from '../../../src/session/saving/nodeFileSystem.ts';
import { openSession } from '../../../src/session/session.ts';
import { answerJob } from './runJob.ts';
import { SaveClock } from './saveClock.ts';

export interface LoupeJob {
  readonly work: 'scan' | 'measure' | 'save' | 'switch' | 'quantizer';
  readonly path: string;
  readonly threads: number;
  readonly rounds: number;
  /** Of `quantizer`: which one. */
  readonly spec?: QuantizerSpec;
  /** Of `save`: a folder that is there and empty. */
  readonly out?: string;
}

/** The quantizer of all figures: exact codes, squared error and maximum. */
const INT4: QuantizerSpec = { id: 'absmax', bits: 4, unit: 'group', groupSize: 128, scaleDtype: 'F16' };
const INT8: QuantizerSpec = { id: 'absmax', bits: 8, unit: 'channel' };

const job = JSON.parse(process.argv[2] ?? '') as LoupeJob;
const pool = new WorkerPool({ size: job.threads, start: () => startWorkerThread(workerScript()) });
const seconds: Record<string, number[]> = {};

async function round(index: number): Promise<void> {
  const clock = new SaveClock(nodeFileSystem);
  const session = await openSession(job.path, { version: 'bench', pool, cacheFolder: null, files: clock.files });
  await WORK[job.work](session, clock, index);
  await session.close();
}

const WORK: Readonly<
  Record<LoupeJob['work'], (session: SessionApi, clock: SaveClock, index: number) => Promise<void>>
> = {
  scan: (session) => timed('scan', () => session.scan({})),
  measure: (session) => timed('measure', () => session.measure(planOf(session, INT4), { format: 'loupe' })),
  // Search and encode with the error that a save needs.
  quantizer: (session) =>
    timed('quantizer', () => session.measure(planOf(session, job.spec ?? INT4), { format: 'loupe', sums: 'basic' })),
  // What a page does when a person chooses another quantizer for the open tensor.
  switch: async (session) => {
    await session.scan({});
    await timed('int4', () => session.measure(planOf(session, INT4), { format: 'loupe' }));
    await timed('int8', () => session.measure(planOf(session, INT8), { format: 'loupe' }));
  },
  save: async (session, clock, index) => {
    const out = join(job.out ?? '', `round-${index}.safetensors`);
    await session.scan({}); // a page that is saved from has been scanned
    await timed('save', () => session.save(planOf(session, INT4), { format: 'loupe', out, writeReport: false }));
    for (const [step, spent] of Object.entries(clock.seconds)) add(step, spent);
    await nodeFileSystem.remove(out);
  },
};

function planOf(session: SessionApi, spec: QuantizerSpec): Plan {
  return resolvePlan(session.model, recipeFromFlags({ spec }), packedFormatOf('loupe'));
}

async function timed(name: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  add(name, (performance.now() - start) / 1000);
}

function add(name: string, spent: number): void {
  const rounds = seconds[name] ?? [];
  seconds[name] = rounds;
  rounds.push(spent);
}

for (let index = 0; index < job.rounds; index++) await round(index);
await pool.dispose();
answerJob(seconds);

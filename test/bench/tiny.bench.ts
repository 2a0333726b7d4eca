import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { writeTinyTensors } from './checkpoints.ts';
import type { LoupeJob } from './jobs/loupeJob.ts';
import { runJob } from './jobs/runJob.ts';

export const benchmark: Benchmark = {
  title: 'Many tiny tensors: round trips, not bytes',
  async run({ isQuick, folder }) {
    const count = isQuick ? 1000 : 10_000;
    const path = join(folder, 'tiny');
    await mkdir(path);
    await writeTinyTensors(path, count);
    const rows: BenchRow[] = [];
    for (const threads of [1, 2]) {
      for (const work of ['scan', 'measure'] satisfies LoupeJob['work'][]) {
        const { seconds, peakBytes } = await runJob('./loupeJob.ts', {
          work,
          path,
          threads,
          rounds: 4,
        } satisfies LoupeJob);
        const best = Math.min(...(seconds[work] ?? []));
        rows.push({ name: `${work} ${count} tensors of 64 × 32`, peer: 'loupe', threads, seconds: best, peakBytes });
      }
    }
    return rows;
  },
};

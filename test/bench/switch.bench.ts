import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { type BenchDtype, type WeightLayout, writeOneMatrix } from './checkpoints.ts';
import type { LoupeJob } from './jobs/loupeJob.ts';
import { runJob } from './jobs/runJob.ts';

const INPUTS = 4096;

export const benchmark: Benchmark = {
  title: 'Another quantizer for one open tensor of 50 million weights (at most 300 ms on two cores)',
  async run({ isQuick, folder }) {
    const rows: BenchRow[] = [];
    const channels = isQuick ? 1024 : 12_288;
    for (const layout of ['linear', 'conv1d'] satisfies WeightLayout[]) {
      for (const dtype of ['BF16', 'F32'] satisfies BenchDtype[]) {
        const label = `${dtype}${layout === 'conv1d' ? ' transposed' : ''}`;
        const path = join(folder, `one-${layout}-${dtype}`);
        await mkdir(path);
        await writeOneMatrix(path, channels, INPUTS, dtype, layout);
        for (const threads of [1, 2]) {
          const job: LoupeJob = { work: 'switch', path, threads, rounds: isQuick ? 2 : 6 };
          const { seconds, peakBytes } = await runJob('./loupeJob.ts', job);
          for (const [step, each] of Object.entries(seconds)) {
            const best = Math.min(...each);
            rows.push({
              name: `to ${step}, ${channels} × ${INPUTS} ${label}`,
              peer: 'loupe',
              threads,
              seconds: best,
              peakBytes,
            });
          }
        }
      }
    }
    return rows;
  },
};

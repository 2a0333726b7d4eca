import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { writeSparseCheckpoint } from './checkpoints.ts';
import { runCommandLine } from './commandLine.ts';

const QUANTIZER = ['--quantizer', 'absmax', '--bits', '4', '--group-size', '128'];

export const benchmark: Benchmark = {
  title: 'Peak memory of the command line on sparse checkpoints (at most 400 MB)',
  async run({ isQuick, folder }) {
    const rows: BenchRow[] = [];
    for (const gigabytes of isQuick ? [1.5] : [1.5, 20]) {
      const checkpoint = join(folder, `sparse-${gigabytes}`);
      await mkdir(checkpoint);
      const inputBytes = await writeSparseCheckpoint(checkpoint, gigabytes * 1e9);
      const out = join(folder, 'sparse-out.safetensors');
      for (const [name, ...args] of [
        ['scan', 'scan', checkpoint],
        ['measure', 'measure', checkpoint, ...QUANTIZER],
        ['quantize and verify', 'quantize', checkpoint, ...QUANTIZER, '--format', 'loupe', '--out', out],
      ] as const) {
        console.log(`  ${name} ${gigabytes} GB`);
        const { threads, seconds, peak_memory_bytes: peakBytes } = await runCommandLine([...args, '--json']);
        rows.push({ name: `${name}, ${gigabytes} GB`, peer: 'loupe', threads, inputBytes, seconds, peakBytes });
      }
      await rm(out);
    }
    return rows;
  },
};

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, BenchOptions, BenchRow } from './benchmark.ts';
import {
  type BenchDtype,
  type GeneratedCheckpoint,
  GPT2_SMALL,
  GPT2_XL,
  type WeightLayout,
  writeCheckpoint,
} from './checkpoints.ts';
import type { LoupeJob } from './jobs/loupeJob.ts';
import { runNumpy } from './jobs/numpyJob.ts';
import type { PlainJob } from './jobs/plainJob.ts';
import { type JobAnswer, runJob } from './jobs/runJob.ts';

const WORK = ['scan', 'measure', 'save'] as const;
const LAYOUTS: readonly WeightLayout[] = ['linear', 'conv1d'];
const DTYPES: readonly BenchDtype[] = ['BF16', 'F32'];

/** The fastest round: on a shared machine the others measure the neighbours. */
const best = (seconds: readonly number[] | undefined): number => Math.min(...(seconds ?? [Number.NaN]));

async function rowsOf(checkpoint: GeneratedCheckpoint, { folder, isQuick }: BenchOptions): Promise<BenchRow[]> {
  const { label, bytes: inputBytes, file, tensors } = checkpoint;
  const rounds = isQuick ? 2 : 5;
  const dtype = label.includes('F32') && !label.includes('BF16') ? 'F32' : 'BF16';
  const out = join(folder, 'out');
  await mkdir(out, { recursive: true });
  const plain = { file, dtype, tensors, threads: 1, rounds, out: join(out, 'plain.bin') } as const;
  const rows: BenchRow[] = [];
  const read = await runJob('./plainJob.ts', { ...plain, work: 'read' } satisfies PlainJob);
  const add = (name: string, peer: string, threads: number, seconds: number, peakBytes?: number): void => {
    rows.push({ name: `${name} ${label}`, peer, threads, inputBytes, seconds, ...(peakBytes ? { peakBytes } : {}) });
  };
  for (const work of WORK) {
    add(work, 'reading alone', 1, best(read.seconds.read));
    const loops = await runJob('./plainJob.ts', { ...plain, work } satisfies PlainJob);
    add(work, 'plain loops', 1, best(loops.seconds[work]), loops.peakBytes);
    const numpy = await runNumpy({ ...plain, work });
    if (typeof numpy === 'string')
      rows.push({ name: `${work} ${label}`, peer: 'numpy', threads: 1, seconds: 0, skipped: numpy });
    else add(work, 'numpy', 1, best(numpy));
    for (const threads of [1, 2]) {
      const ask: LoupeJob = { work, path: checkpoint.folder, threads, rounds, out };
      addLoupe(add, work, threads, await runJob('./loupeJob.ts', ask));
    }
  }
  return rows;
}

/** A save is encoding to the file, flushing and verification: each apart, encoding as the figure of the work. */
function addLoupe(
  add: (name: string, peer: string, threads: number, seconds: number, peakBytes?: number) => void,
  work: (typeof WORK)[number],
  threads: number,
  { seconds, peakBytes }: JobAnswer,
): void {
  if (work !== 'save') {
    add(work, 'loupe', threads, best(seconds[work]), peakBytes);
    return;
  }
  add('save', 'loupe, encode to file', threads, best(seconds.encode), peakBytes);
  add('save', 'loupe, verify', threads, best(seconds.verify));
  add('save', 'loupe, all', threads, best(seconds.save));
}

export const benchmark: Benchmark = {
  title: 'The road: scan, measure, quantize to a file (absmax, 4 bits, group 128), GB/s of input',
  async run(options) {
    const rows: BenchRow[] = [];
    for (const shape of options.isQuick ? [GPT2_SMALL] : [GPT2_SMALL, GPT2_XL]) {
      for (const dtype of DTYPES) {
        for (const layout of LAYOUTS) {
          const checkpoint = await writeCheckpoint(options.folder, shape, dtype, layout);
          rows.push(...(await rowsOf(checkpoint, options)));
        }
      }
    }
    return rows;
  },
};

import { mkdir, rm } from 'node:fs/promises';
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
import { numpyProblem, runNumpy } from './jobs/numpyJob.ts';
import type { PeerJob } from './jobs/peerJob.ts';
import { type JobAnswer, runJob } from './jobs/runJob.ts';

const THREADS = [1, 2] as const;
const KINDS: readonly (readonly [WeightLayout, BenchDtype])[] = [
  ['linear', 'BF16'],
  ['linear', 'F32'],
  ['conv1d', 'BF16'],
  ['conv1d', 'F32'],
];
const QUICK_KINDS = KINDS.filter(([layout, dtype]) => (layout === 'linear') === (dtype === 'BF16'));
const WORK = ['scan', 'measure', 'save'] as const;

export const benchmark: Benchmark = {
  title: 'Scan, measure and save as INT4 (absmax, groups of 128, F16 scales), warm workers, best round',
  async run(options) {
    const rows: BenchRow[] = [];
    for (const shape of options.isQuick
      ? [{ ...GPT2_SMALL, name: 'two layers of GPT-2 small', layers: 2 }]
      : [GPT2_SMALL, GPT2_XL]) {
      for (const [layout, dtype] of options.isQuick ? QUICK_KINDS : KINDS) {
        const checkpoint = await writeCheckpoint(options.folder, shape, dtype, layout);
        rows.push(...(await rowsOf(checkpoint, dtype, options)));
        if (!options.keep) await rm(checkpoint.folder, { recursive: true });
      }
    }
    return rows;
  },
};

async function rowsOf(checkpoint: GeneratedCheckpoint, dtype: BenchDtype, options: BenchOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const threads of THREADS) {
    const run = new CheckpointRun(checkpoint, dtype, threads, options);
    const reading = await run.reading();
    for (const work of WORK) {
      console.log(`  ${work} ${checkpoint.label}, ${threads} thread${threads === 1 ? '' : 's'}`);
      rows.push(...(await run.loupe(work)), ...(await run.peers(work)), { ...reading, name: run.nameOf(work) });
    }
  }
  return rows;
}

/** All programs at one checkpoint with one number of threads. */
class CheckpointRun {
  readonly #checkpoint: GeneratedCheckpoint;
  readonly #dtype: BenchDtype;
  readonly #threads: number;
  readonly #options: BenchOptions;

  constructor(checkpoint: GeneratedCheckpoint, dtype: BenchDtype, threads: number, options: BenchOptions) {
    this.#checkpoint = checkpoint;
    this.#dtype = dtype;
    this.#threads = threads;
    this.#options = options;
  }

  nameOf(work: string): string {
    return `${work === 'save' ? 'file to INT4 file' : work}, ${this.#checkpoint.label}`;
  }

  async reading(): Promise<BenchRow> {
    const { file } = this.#checkpoint;
    const answer = await runJob('./readingJob.ts', { file, threads: this.#threads, rounds: this.#rounds });
    return this.#row('', 'reading alone', answer, 'read');
  }

  /** A save's encoding is the figure to compare; what follows it (sync, verification) stands apart. */
  async loupe(work: (typeof WORK)[number]): Promise<BenchRow[]> {
    const out = join(this.#options.folder, 'out');
    await mkdir(out, { recursive: true });
    const { folder: path, label } = this.#checkpoint;
    const answer = await runJob('./loupeJob.ts', { work, path, threads: this.#threads, rounds: this.#rounds, out });
    if (work !== 'save') return [this.#row(this.nameOf(work), 'loupe', answer, work)];
    return [
      this.#row(this.nameOf(work), 'loupe', answer, 'encode'),
      this.#row(`  then sync to disk, ${label}`, 'loupe', answer, 'sync'),
      this.#row(`  then verify, ${label}`, 'loupe', answer, 'verify'),
      this.#row(`  save as a whole, ${label}`, 'loupe', answer, 'save'),
    ];
  }

  async peers(work: (typeof WORK)[number]): Promise<BenchRow[]> {
    const { file, tensors } = this.#checkpoint;
    const out = work === 'save' ? { out: join(this.#options.folder, 'peer.bin') } : {};
    // They take so long that neighbours hardly disturb them.
    const rounds = this.#checkpoint.bytes > 4e8 || this.#options.isQuick ? 1 : 2;
    const job: PeerJob = { work, file, dtype: this.#dtype, tensors, threads: this.#threads, rounds, ...out };
    const loops = this.#row(this.nameOf(work), 'plain loops', await runJob('./plainLoopsJob.ts', job), work);
    const skipped = numpyProblem();
    if (skipped === null) return [loops, this.#row(this.nameOf(work), 'numpy', await runNumpy(job), work)];
    return [loops, { name: this.nameOf(work), peer: 'numpy', threads: this.#threads, seconds: 0, skipped }];
  }

  get #rounds(): number {
    return this.#options.isQuick ? 2 : 6;
  }

  #row(name: string, peer: string, { seconds, peakBytes }: JobAnswer, step: string): BenchRow {
    const best = Math.min(...(seconds[step] ?? []));
    return { name, peer, threads: this.#threads, inputBytes: this.#checkpoint.bytes, seconds: best, peakBytes };
  }
}

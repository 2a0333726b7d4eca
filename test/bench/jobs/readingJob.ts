/** Reading a file and nothing else, by positioned reads of 2 MB into the same buffer, each thread its share of the file. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { answerJob } from './runJob.ts';

export interface ReadingJob {
  readonly file: string;
  readonly threads: number;
  readonly rounds: number;
}

interface Share extends ReadingJob {
  readonly thread: number;
}

const BLOCK_BYTES = 2 << 20;

function readShare({ file, threads, thread }: Share): void {
  const fd = openSync(file, 'r');
  const { size } = fstatSync(fd);
  const block = new Uint8Array(BLOCK_BYTES);
  const end = Math.floor((size * (thread + 1)) / threads);
  for (let at = Math.floor((size * thread) / threads); at < end; at += BLOCK_BYTES) {
    readSync(fd, block, 0, Math.min(BLOCK_BYTES, end - at), at);
  }
  closeSync(fd);
}

/** One round in threads that are there already. */
async function readInThreads(workers: readonly Worker[]): Promise<void> {
  const answered = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)));
  for (const worker of workers) worker.postMessage('read');
  await Promise.all(answered);
}

if (isMainThread) {
  const job = JSON.parse(process.argv[2] ?? '') as ReadingJob;
  const workers = Array.from({ length: job.threads }, (_, thread) => {
    return new Worker(new URL(import.meta.url), { workerData: { ...job, thread } satisfies Share });
  });
  const seconds: number[] = [];
  for (let round = 0; round < job.rounds; round++) {
    const start = performance.now();
    await readInThreads(workers);
    seconds.push((performance.now() - start) / 1000);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  answerJob({ read: seconds });
} else {
  parentPort?.on('message', () => {
    readShare(workerData as Share);
    parentPort?.postMessage('done');
  });
}

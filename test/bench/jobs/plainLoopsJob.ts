/**
 * What a careful programmer would write without kernels: typed arrays and plain loops, a tensor at a time, in as many
 * threads as asked for. It computes the figures of Tensor Loupe's own jobs and writes codes and scales of the same size.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { encodeF16, roundToF16 } from '../../../src/core/numbers/float16.ts';
import type { PeerJob, PeerTensor } from './peerJob.ts';
import { answerJob } from './runJob.ts';

const GROUP = 128;
const LARGEST_CODE = 7;

interface Share {
  readonly job: PeerJob;
  /** Index of the next tensor that no thread has taken. */
  readonly next: Int32Array;
}

function serve({ job, next }: Share): void {
  const source = openSync(job.file, 'r');
  const target = job.out === undefined ? -1 : openSync(job.out, 'r+');
  for (let index = Atomics.add(next, 0, 1); index < job.tensors.length; index = Atomics.add(next, 0, 1)) {
    const tensor = job.tensors[index]!;
    const bytes = readTensor(source, job, tensor);
    if (job.work === 'scan') scan(floatsOf(bytes, job.dtype));
    else if (tensor.quantized) quantize(tensor, floatsOf(bytes, job.dtype), job.work === 'save' ? target : -1);
    else if (job.work === 'save') writeSync(target, bytes, 0, bytes.length, tensor.start);
    else scan(floatsOf(bytes, job.dtype));
  }
  closeSync(source);
  if (target >= 0) closeSync(target);
}

function readTensor(fd: number, { dtype }: PeerJob, { start, channels, inputs }: PeerTensor): Uint8Array {
  const bytes = new Uint8Array(channels * inputs * (dtype === 'F32' ? 4 : 2));
  for (let done = 0; done < bytes.length; ) done += readSync(fd, bytes, done, bytes.length - done, start + done);
  return bytes;
}

function floatsOf({ buffer }: Uint8Array, dtype: PeerJob['dtype']): Float32Array {
  if (dtype === 'F32') return new Float32Array(buffer);
  const patterns = new Uint16Array(buffer);
  const words = new Uint32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) words[i] = patterns[i]! << 16;
  return new Float32Array(words.buffer);
}

/** A table of the upper halves, extremes and power sums. */
function scan(values: Float32Array): number {
  const words = new Uint32Array(values.buffer);
  const table = new Uint32Array(65536);
  let [min, max, sum, energy, cubes, fourths, zeros] = [Infinity, -Infinity, 0, 0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    const square = x * x;
    table[words[i]! >>> 16]! += 1;
    if (x < min) min = x;
    if (x > max) max = x;
    if (x === 0) zeros++;
    sum += x;
    energy += square;
    cubes += square * x;
    fourths += square * square;
  }
  return table[0]! + min + max + sum + energy + cubes + fourths + zeros;
}

/** Group-wise absmax: codes of 4 bits and F16 scales, written where `target` is a file. @returns squared error and maximum */
function quantize(tensor: PeerTensor, x: Float32Array, target: number): readonly [number, number] {
  const { channels, inputs, transposed, start } = tensor;
  const groups = Math.ceil(inputs / GROUP);
  const codes = new Uint8Array(channels * Math.ceil(inputs / 2));
  const scales = new Uint16Array(channels * groups);
  const step = transposed ? channels : 1;
  let [squaredError, maxError] = [0, 0];
  for (let channel = 0; channel < channels; channel++) {
    const first = transposed ? channel : channel * inputs;
    const codesRow = channel * Math.ceil(inputs / 2);
    for (let group = 0; group < groups; group++) {
      const end = Math.min(inputs, (group + 1) * GROUP);
      let largest = 0;
      for (let i = group * GROUP; i < end; i++) largest = Math.max(largest, Math.abs(x[first + i * step]!));
      const scale = roundToF16(largest / LARGEST_CODE) || 2 ** -24;
      scales[channel * groups + group] = encodeF16(scale);
      for (let i = group * GROUP; i < end; i++) {
        const value = x[first + i * step]!;
        const code = Math.max(-LARGEST_CODE, Math.min(LARGEST_CODE, Math.round(value / scale)));
        const error = value - Math.fround(code * scale);
        squaredError += error * error;
        maxError = Math.max(maxError, Math.abs(error));
        codes[codesRow + (i >> 1)]! |= (code + 8) << (4 * (i & 1));
      }
    }
  }
  if (target >= 0) {
    writeSync(target, codes, 0, codes.length, start);
    writeSync(target, new Uint8Array(scales.buffer), 0, scales.byteLength, start + codes.length);
  }
  return [squaredError, maxError];
}

/** One round in threads that are there already and stay warm. */
async function serveInThreads(workers: readonly Worker[], next: Int32Array): Promise<void> {
  Atomics.store(next, 0, 0);
  const answered = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)));
  for (const worker of workers) worker.postMessage('go');
  await Promise.all(answered);
}

if (isMainThread) {
  const job = JSON.parse(process.argv[2] ?? '') as PeerJob;
  const next = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: job.threads }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { job, next } satisfies Share });
    return worker.on('error', (error) => {
      throw error;
    });
  });
  const seconds: number[] = [];
  for (let round = 0; round < job.rounds; round++) {
    if (job.out !== undefined) closeSync(openSync(job.out, 'w'));
    const start = performance.now();
    await serveInThreads(workers, next);
    seconds.push((performance.now() - start) / 1000);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  answerJob({ [job.work]: seconds });
} else {
  parentPort?.on('message', () => {
    serve(workerData as Share);
    parentPort?.postMessage('done');
  });
}

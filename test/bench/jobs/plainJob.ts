/**
 * The same work in plain JavaScript loops, and reading alone: `node plainJob.ts JSON`. One thread, blocks of 2 MB,
 * typed arrays and nothing else: what one would write first.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { PeerJob, PeerTensor } from './peerJob.ts';
import { answerJob } from './runJob.ts';

const BLOCK_BYTES = 2 << 20;
const GROUP = 128;
const MOST_CODE = 7;

export type PlainJob = Omit<PeerJob, 'work'> & { readonly work: PeerJob['work'] | 'read' };
const job = JSON.parse(process.argv[2] ?? '') as PlainJob;
const elementBytes = job.dtype === 'F32' ? 4 : 2;
const block = new Uint8Array(BLOCK_BYTES);
const halves = new Uint16Array(block.buffer);
const floats = new Float32Array(BLOCK_BYTES / elementBytes);
const bits = new Uint32Array(floats.buffer);

function* blocksOf(file: number, { start, channels, inputs }: PeerTensor): Generator<number> {
  const bytes = channels * inputs * elementBytes;
  for (let done = 0; done < bytes; done += BLOCK_BYTES) {
    const length = Math.min(BLOCK_BYTES, bytes - done);
    readSync(file, block, 0, length, start + done);
    yield length / elementBytes;
  }
}

function countPatterns(n: number, counts: Uint32Array): void {
  // Of an F32 the upper half, as a value table of ours has it.
  const step = elementBytes / 2;
  for (let i = step - 1; i < n * step; i += step) counts[halves[i]!]!++;
}

function decode(n: number): void {
  if (job.dtype === 'F32') bits.set(new Uint32Array(block.buffer, 0, n));
  else for (let i = 0; i < n; i++) bits[i] = halves[i]! << 16;
}

/** absmax, 4 bits, groups of 128: codes packed, squared error in double. @returns the squared error */
function quantize(n: number, packed: Uint8Array, scales: Float32Array): number {
  let squaredError = 0;
  for (let first = 0; first < n; first += GROUP) {
    const end = Math.min(n, first + GROUP);
    let most = 0;
    for (let i = first; i < end; i++) most = Math.max(most, Math.abs(floats[i]!));
    const scale = Math.fround(most / MOST_CODE) || 1;
    scales[first / GROUP] = scale;
    for (let i = first; i < end; i++) {
      const x = floats[i]!;
      const code = Math.max(-MOST_CODE, Math.min(MOST_CODE, Math.round(Math.fround(x / scale))));
      const error = x - Math.fround(code * scale);
      squaredError += error * error;
      const half = (code + 8) << (4 * (i & 1));
      packed[i >> 1] = i & 1 ? packed[i >> 1]! | half : half;
    }
  }
  return squaredError;
}

function round(): void {
  const file = openSync(job.file, 'r');
  const out = job.work === 'save' && job.out !== undefined ? openSync(job.out, 'w') : null;
  const counts = new Uint32Array(65536);
  const packed = new Uint8Array(floats.length / 2);
  const scales = new Float32Array(floats.length / GROUP);
  for (const tensor of job.tensors) {
    for (const n of blocksOf(file, tensor)) {
      if (job.work === 'scan') countPatterns(n, counts);
      else if (job.work !== 'read' && tensor.quantized) {
        decode(n);
        quantize(n, packed, scales);
        if (out !== null) writeSync(out, packed, 0, n / 2);
      } else if (out !== null) writeSync(out, block, 0, n * elementBytes);
    }
  }
  closeSync(file);
  if (out !== null) closeSync(out);
}

const seconds: number[] = [];
for (let index = 0; index < job.rounds; index++) {
  const start = performance.now();
  round();
  seconds.push((performance.now() - start) / 1000);
}
answerJob({ [job.work]: seconds });

import type { PeerJob } from './peerJob.ts';
import { outputOf } from './runJob.ts';

/** The same work in numpy, whole tensors at a time, as one would write it there. Prints the seconds of each round. */
const PROGRAM = `
import json, sys, time
import numpy as np
job = json.loads(sys.argv[1])
f32 = job['dtype'] == 'F32'
seconds = []
for _ in range(job['rounds']):
    start = time.perf_counter()
    for t in job['tensors']:
        n = t['channels'] * t['inputs']
        raw = np.fromfile(job['file'], np.uint32 if f32 else np.uint16, n, offset=t['start'])
        if job['work'] == 'scan':
            np.bincount(raw >> 16 if f32 else raw, minlength=65536)
        elif t['quantized']:
            x = raw.view(np.float32) if f32 else (raw.astype(np.uint32) << 16).view(np.float32)
            g = x.reshape(-1, 128)
            s = np.abs(g).max(1, keepdims=True) / np.float32(7)
            s[s == 0] = 1
            q = np.clip(np.rint(g / s), -7, 7)
            e = g - q * s
            np.dot(e.ravel(), e.ravel())
            c = (q + 8).astype(np.uint8)
            c[:, 0::2] | (c[:, 1::2] << 4)
    seconds.append(time.perf_counter() - start)
print(json.dumps(seconds))
`;

/** @returns the seconds of each round, or why there are none */
export async function runNumpy(job: PeerJob): Promise<readonly number[] | string> {
  try {
    const lines = (await outputOf('python3', ['-c', PROGRAM, JSON.stringify(job)])).split('\n');
    return JSON.parse(lines.at(-1) ?? '[]') as number[];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return /No module named 'numpy'/.test(text) ? 'python3 has no numpy' : 'python3 does not run here';
  }
}

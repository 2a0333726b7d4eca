import { execFileSync } from 'node:child_process';
import type { PeerJob } from './peerJob.ts';
import { type JobAnswer, outputOf } from './runJob.ts';

/**
 * The same work as anybody would write it in numpy, a tensor at a time; threads take tensors from one list, as numpy lets
 * go of the interpreter's lock inside its loops. Rounding is to nearest even, scales go through float16.
 */
const PROGRAM = `
import json, sys, time, resource
import numpy as np
from concurrent.futures import ThreadPoolExecutor

job = json.loads(sys.argv[1])
wide = job['dtype'] == 'F32'
GROUP = 128

def load(t):
    n = t['channels'] * t['inputs']
    return np.fromfile(job['file'], dtype='<u4' if wide else '<u2', count=n, offset=t['start'])

def floats(bits):
    return bits.view('<f4') if wide else (bits.astype('<u4') << 16).view('<f4')

def scan(bits):
    table = np.bincount((bits >> 16) if wide else bits, minlength=65536)
    x = floats(bits)
    if not wide:
        return table
    d = x.astype('f8')
    s = d * d
    return table, x.min(), x.max(), d.sum(), s.sum(), np.dot(s, d), np.dot(s, s), np.count_nonzero(x)

def quantize(t, bits):
    x = floats(bits)
    x = x.reshape(t['inputs'], t['channels']).T if t['transposed'] else x.reshape(t['channels'], t['inputs'])
    pad = -t['inputs'] % GROUP
    g = np.pad(x, ((0, 0), (0, pad))).reshape(t['channels'], -1, GROUP)
    scales = (np.abs(g).max(axis=2) / np.float32(7)).astype('f2')
    s = scales.astype('f4')[..., None]
    q = np.clip(np.rint(g / s), -7, 7)
    e = (g - q * s).astype('f8')
    figures = np.dot(e.ravel(), e.ravel()), np.abs(e).max()
    if job['work'] == 'save':
        u = (q + 8).astype('u1').reshape(t['channels'], -1)
        packed = u[:, 0::2] | (u[:, 1::2] << 4)
        write(t['start'], packed.tobytes() + scales.tobytes())
    return figures

def write(start, data):
    with open(job['out'], 'r+b') as f:
        f.seek(start)
        f.write(data)

def work(t):
    bits = load(t)
    if job['work'] == 'scan':
        scan(bits)
    elif t['quantized']:
        quantize(t, bits)
    elif job['work'] == 'save':
        write(t['start'], bits.tobytes())
    else:
        scan(bits)

seconds = []
for _ in range(job['rounds']):
    if job['work'] == 'save':
        open(job['out'], 'wb').close()
    start = time.perf_counter()
    with ThreadPoolExecutor(job['threads']) as pool:
        list(pool.map(work, job['tensors']))
    seconds.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == 'darwin' else 1024)
print(json.dumps({'seconds': {job['work']: seconds}, 'peakBytes': peak}))
`;

/** Why numpy cannot be compared with here; null where it can. */
export function numpyProblem(): string | null {
  try {
    execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' });
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no python3' : 'python3 has no numpy';
  }
}

export async function runNumpy(job: PeerJob): Promise<JobAnswer> {
  return JSON.parse(await outputOf('python3', ['-c', PROGRAM, JSON.stringify(job)])) as JobAnswer;
}

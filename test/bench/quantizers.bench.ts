import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeQuantizer } from '../../src/core/quantizers/describeQuantizer.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { writeOneMatrix } from './checkpoints.ts';
import type { LoupeJob } from './jobs/loupeJob.ts';
import { runJob } from './jobs/runJob.ts';
import { runTorchPeers, type TorchPeer } from './jobs/torchPeersJob.ts';

const [CHANNELS, INPUTS] = [4096, 11_008];

/** Each with the peer that does the same, where there is one. */
const QUANTIZERS: readonly (readonly [QuantizerSpec, TorchPeer | null])[] = [
  [{ id: 'absmax', bits: 8, unit: 'tensor' }, null],
  [{ id: 'absmax', bits: 8, unit: 'channel' }, null],
  [{ id: 'absmax', bits: 4, groupSize: 128 }, null],
  [{ id: 'rtn', bits: 4, groupSize: 128 }, 'compressed-tensors'],
  [{ id: 'rtn', bits: 4, groupSize: 128, asymmetric: true }, null],
  [{ id: 'zero-point', bits: 8, unit: 'channel' }, null],
  [{ id: 'uniform', bits: 4, unit: 'channel' }, null],
  [{ id: 'llm-int8' }, 'bitsandbytes-int8'],
  [{ id: 'absmax', bits: 4, groupSize: 128, clip: 'mse' }, null],
  [{ id: 'hqq', bits: 4, groupSize: 64 }, 'hqq'],
  [{ id: 'nf4' }, 'bitsandbytes-nf4'],
  [{ id: 'nf4', doubleQuant: true }, null],
  [{ id: 'fp4' }, 'bitsandbytes-fp4'],
  [{ id: 'lloyd-max', bits: 4, unit: 'channel' }, null],
  [{ id: 'lloyd-max', bits: 4, unit: 'tensor' }, null],
  [{ id: 'optimal', bits: 4 }, null],
  [{ id: 'binary', sequence: 'supx4' }, null],
  [{ id: 'binary', sequence: 'l2x4' }, null],
  [{ id: 'alternating', bits: 2 }, null],
  [{ id: 'f8-e4m3', unit: 'channel' }, null],
  [{ id: 'fixed-point', bits: 8, fraction: 8 }, null],
];

export const benchmark: Benchmark = {
  title: 'Every quantizer: search, codes and squared error of one BF16 matrix from its file, one thread',
  async run({ isQuick, folder }) {
    const channels = isQuick ? 64 : CHANNELS;
    const path = join(folder, 'quantizers');
    await mkdir(path);
    await writeOneMatrix(path, channels, INPUTS, 'BF16', 'linear');
    const inputBytes = 2 * channels * INPUTS;
    const peers = await runTorchPeers(channels, INPUTS);
    const rows: BenchRow[] = [];
    const add = async (name: string, job: LoupeJob, step: string, peer: TorchPeer | null): Promise<void> => {
      console.log(`  ${name}`);
      const { seconds, peakBytes } = await runJob('./loupeJob.ts', job);
      const best = Math.min(...(seconds[step] ?? []));
      rows.push({ name, peer: 'loupe', threads: 1, inputBytes, seconds: best, peakBytes });
      if (peer === null) return;
      const found = peers[peer];
      const taken = typeof found === 'number' ? { inputBytes, seconds: found } : { seconds: 0, skipped: found };
      rows.push({ name, peer: 'its library', threads: 1, ...taken });
    };
    const rounds = isQuick ? 1 : 3;
    await add('value table', { work: 'scan', path, threads: 1, rounds: 2 * rounds }, 'scan', 'torch.histc');
    for (const [spec, peer] of QUANTIZERS) {
      const name = describeQuantizer(resolveQuantizer(spec));
      await add(name, { work: 'quantizer', path, threads: 1, rounds, spec }, 'quantizer', peer);
    }
    return rows;
  },
};

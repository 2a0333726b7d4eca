import { PRESETS } from '../../../src/core/quantizers/presets.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';

/** What a preset needs beside its defaults. */
const NEEDED: Partial<Readonly<Record<string, Partial<QuantizerSpec>>>> = {
  levels: { levels: [-0.05, -0.02, -0.01, 0, 0.01, 0.02, 0.05] },
};

/** Every row of the table of presets, and some with parameters that take them elsewhere. */
export const EVERY_SPEC: readonly QuantizerSpec[] = [
  ...[...PRESETS.values()].map(({ id }): QuantizerSpec => ({ id, ...NEEDED[id] })),
  { id: 'absmax', bits: 3, groupSize: 48, clip: 'mse' },
  { id: 'absmax', unit: 'tensor', clip: 'kl' },
  { id: 'rtn', asymmetric: true, unit: 'channel', clip: 'percentile:99' },
  { id: 'zero-point', bits: 5, groupSize: 100, scaleDtype: 'BF16' },
  { id: 'uniform', bits: 3, unit: 'channel', clip: 'sigma:3' },
  { id: 'hqq', bits: 3, groupSize: 32 },
  { id: 'nf4', groupSize: 32, doubleQuant: true },
  { id: 'lloyd-max', bits: 3, unit: 'channel' },
  { id: 'binary', sequence: 'supx2,l2x1', groupSize: 64 },
  { id: 'f8-e4m3', unit: 'channel' },
  { id: 'f8-e5m2', unit: 'tensor', scaleDtype: 'F16' },
  { id: 'fixed-point', bits: 13, fraction: 'mse' },
];

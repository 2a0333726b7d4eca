import type { ClipRule } from '../../../src/core/quantizers/clipRule.ts';
import type { AffinePreset } from './affineQuantizer.ts';

/** Presets that take a clip rule. */
export const CLIPPED_PRESETS: readonly AffinePreset[] = [
  'absmax',
  'absmax-full',
  'rtn',
  'rtn-asymmetric',
  'zero-point',
  'uniform',
];

/** Every clip rule of units channel and group, by its spelling. */
export const CLIPS: Readonly<Record<string, ClipRule>> = {
  'percentile:90': { kind: 'percentile', percent: 90 },
  'percentile:99.9': { kind: 'percentile', percent: 99.9 },
  'percentile:100': { kind: 'percentile', percent: 100 },
  'sigma:1.5': { kind: 'sigma', deviations: 1.5 },
  'sigma:4': { kind: 'sigma', deviations: 4 },
  'absolute:0.02': { kind: 'absolute', low: -0.02, high: 0.02 },
  'absolute:-0.01,0.03': { kind: 'absolute', low: -0.01, high: 0.03 },
  'absolute:5,6': { kind: 'absolute', low: 5, high: 6 },
  mse: { kind: 'mse' },
};

import { describe, expect, test } from 'vitest';
import type { AffineQuantizer, Quantizer, QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { FloatBuckets } from '../../src/core/search/floatBuckets.ts';
import { candidateRange } from '../../src/core/search/leastErrorRange.ts';
import { lloydMax } from '../../src/core/search/lloydMax.ts';
import type { QuantizeResult } from '../../src/protocol/worker.ts';
import { Arena } from '../kernels/support/arena.ts';
import { loadTestKernels } from '../kernels/support/backends.ts';
import { errorByRange, rangeOf } from '../kernels/support/searchErrors.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { quantizeItemOf } from './support/item.ts';
import { EACH_SETTING, testWorker } from './support/testWorker.ts';
import { writeTensor } from './support/weightsFile.ts';

const CHANNELS = 16;
const INPUTS = 150;
const GROUP = 64;
const x = floatsOf(DISTRIBUTIONS.normal!, CHANNELS * INPUTS, 5).map((value, i) => (i % 37 === 0 ? 4 * value : value));

/** Slices of `length` weights, the last of a channel shorter. */
function slicesOf(length: number): Float32Array[] {
  return Array.from({ length: CHANNELS }, (_, row) => row * INPUTS).flatMap((start) =>
    Array.from({ length: Math.ceil(INPUTS / length) }, (_, i) =>
      x.slice(start + i * length, start + Math.min(INPUTS, (i + 1) * length)),
    ),
  );
}

function bestClip(slice: Float32Array, quantizer: AffineQuantizer): number {
  const errorOf = (i: number): number => errorByRange(slice, quantizer, candidateRange(rangeOf(slice), quantizer, i));
  let best = 100;
  for (let i = 99; i >= 20; i--) if (errorOf(i) < errorOf(best)) best = i;
  return best;
}

async function bestPlanes(quantizer: Quantizer): Promise<Float32Array> {
  if (quantizer.family !== 'binary') throw new Error('sign planes only');
  const arena = new Arena(await loadTestKernels('ref'));
  const n = slicesOf(GROUP).length * quantizer.bits;
  const alpha = arena.allocate(4 * n);
  const block = { x: arena.put(x), rows: CHANNELS, inputs: INPUTS, groupSize: GROUP };
  arena.kernels.binaryEncode(block, quantizer, alpha, arena.allocate(x.length), 0);
  return arena.takeFloats(alpha, n);
}

function bestLevels(bits: number): Float32Array {
  return Float32Array.from(
    slicesOf(INPUTS).flatMap((row) => {
      const buckets = new FloatBuckets();
      buckets.add(new Uint32Array(row.buffer));
      return [...lloydMax(buckets.take(), bits).levels];
    }),
  );
}

interface Case {
  readonly name: string;
  readonly spec: QuantizerSpec;
  /** What the plain starting point is, as a quantizer without a search; null: there is none. */
  readonly plain: QuantizerSpec | null;
  readonly slices: number;
  readonly perSlice: number;
  readonly best: (quantizer: Quantizer) => Promise<Float32Array>;
}

const groups = { unit: 'group', groupSize: GROUP } as const;
const CASES: readonly Case[] = [
  {
    name: 'clips',
    spec: { id: 'rtn', bits: 3, ...groups, clip: 'mse' },
    plain: { id: 'rtn', bits: 3, ...groups },
    slices: slicesOf(GROUP).length,
    perSlice: 1,
    best: async (quantizer) =>
      Float32Array.from(slicesOf(GROUP), (slice) => bestClip(slice, quantizer as AffineQuantizer)),
  },
  {
    name: 'sign planes',
    spec: { id: 'alternating', bits: 3, ...groups },
    plain: { id: 'binary', sequence: 'l2x3', ...groups },
    slices: slicesOf(GROUP).length,
    perSlice: 3,
    best: bestPlanes,
  },
  {
    name: 'levels',
    spec: { id: 'lloyd-max', bits: 3, unit: 'channel', levelDtype: 'F16' },
    plain: null,
    slices: CHANNELS,
    perSlice: 8,
    best: async () => bestLevels(3),
  },
];

async function quantize(setting: (typeof EACH_SETTING)[number], spec: QuantizerSpec, proposals: Float32Array | null) {
  const source = writeTensor(x, CHANNELS, INPUTS);
  const worker = await testWorker(setting);
  const [result] = await worker.call('tensor/quantize', [
    quantizeItemOf(source, resolveQuantizer(spec), proposals === null ? {} : { proposals }),
  ]);
  return result as QuantizeResult;
}

describe.each(EACH_SETTING)('a pass with proposals ($name)', (setting) => {
  test.each(CASES)(
    '$name: gives what the search gives, where they are what it finds',
    async ({ spec, best, slices }) => {
      const searched = await quantize(setting, spec, null);
      const proposed = await quantize(setting, spec, await best(resolveQuantizer(spec)));
      expect(proposed.sums).toEqual(searched.sums);
      expect(searched.refusedProposals).toBeUndefined();
      expect(proposed.refusedProposals).toBeLessThan(slices / 2);
    },
  );

  test.each(CASES)('$name: falls back on the plain start where they are nonsense', async (one) => {
    const { spec, plain, slices, perSlice } = one;
    const nonsense = new Float32Array(slices * perSlice).fill(Number.NaN);
    const proposed = await quantize(setting, spec, nonsense);
    expect(proposed.refusedProposals).toBe(slices);
    expect(Number.isFinite(proposed.sums.squaredError)).toBe(true);
    if (plain !== null) expect(proposed.sums).toEqual((await quantize(setting, plain, null)).sums);
  });

  test('zero-points of HQQ: are compared by Σ|e|, and nonsense leaves the start', async () => {
    const spec = { id: 'hqq', bits: 4, ...groups } as const;
    const slices = slicesOf(GROUP).length;
    const proposed = await quantize(setting, spec, new Float32Array(slices).fill(1e30));
    expect(proposed.refusedProposals).toBe(slices);
    expect(proposed.sums.squaredError / x.length).toBeLessThan(1e-3);
  });
});

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AffineQuantizer, BinaryQuantizer, QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { candidateRange } from '../../../src/core/search/leastErrorRange.ts';
import { endsOf } from '../../../src/core/search/tensorRange.ts';
import type { Kernels } from '../../../src/kernels/kernels.ts';
import { leastSquaresClip } from '../../../src/kernels/ref/leastSquaresClip.ts';
import type { GpuFound } from '../../../src/protocol/gpu.ts';
import type { GpuBlock, GpuRoad } from '../../../src/session/gpu/gpuRoad.ts';
import { lendWeights } from '../../../src/session/gpu/lentWeights.ts';
import { openSession } from '../../../src/session/session.ts';
import { Arena } from '../../kernels/support/arena.ts';
import { loadTestKernels } from '../../kernels/support/backends.ts';
import { rangeOf } from '../../kernels/support/searchErrors.ts';
import { seeded } from '../../kernels/support/seeded.ts';
import { bundleWorker } from '../support/bundleWorker.ts';
import { planOf } from '../support/planOf.ts';
import { copySample, snapshot, temporaryFolder } from '../support/samples.ts';

/* What a file holds follows from its parameters alone, whoever found them; and nobody can make it worse than the plain start. */

let ref: Kernels;
let worker: Awaited<ReturnType<typeof bundleWorker>>;
beforeAll(async () => {
  ref = await loadTestKernels('ref');
  worker = await bundleWorker();
});
afterAll(() => worker.remove());

/** A road whose device answers as it is told. */
function roadOf(find: (block: GpuBlock, x: Float32Array) => Float32Array): GpuRoad {
  const limits = { maxBufferSize: 1, maxStorageBufferBindingSize: 1, maxComputeInvocationsPerWorkgroup: 1 };
  const state = { available: true, adapter: 'told', driver: '', software: false, limits, subgroup: 1 } as const;
  return {
    name: 'page',
    probe: async () => state,
    search: async (block): Promise<GpuFound> => {
      const weights = await lendWeights(block);
      const x = decode(block, 'lent' in weights ? weights.lent : new Uint8Array());
      return { values: find(block, x), sums: new Float64Array(20).fill(1) };
    },
    end: () => {},
  };
}

function decode({ search: { dtype, rows, inputs } }: GpuBlock, bytes: Uint8Array): Float32Array {
  const arena = new Arena(ref);
  const x = arena.allocate(4 * rows * inputs);
  ref.decode(dtype, arena.put(bytes), x, rows * inputs);
  return arena.takeFloats(x, rows * inputs);
}

function slicesOf({ search: { rows, inputs, quantizer } }: GpuBlock, x: Float32Array): Float32Array[] {
  const groupSize = ('groupSize' in quantizer ? quantizer.groupSize : null) ?? inputs;
  return Array.from({ length: rows }, (_, row) => x.subarray(row * inputs, (row + 1) * inputs)).flatMap((row) =>
    Array.from({ length: Math.ceil(inputs / groupSize) }, (_, i) => row.subarray(i * groupSize, (i + 1) * groupSize)),
  );
}

/** The candidates that the reference finds. */
function clipsByReference(block: GpuBlock, x: Float32Array): Float32Array {
  const quantizer = block.search.quantizer as AffineQuantizer;
  return Float32Array.from(slicesOf(block, x), (slice) => {
    const ends = endsOf(leastSquaresClip(slice, quantizer, rangeOf(slice)), quantizer.range);
    for (let i = 100; i >= 20; i--) {
      const { low, high } = endsOf(candidateRange(rangeOf(slice), quantizer, i), quantizer.range);
      if (low === ends.low && high === ends.high) return i;
    }
    throw new Error('the reference found no candidate');
  });
}

function planesByReference({ search: { rows, inputs, quantizer } }: GpuBlock, x: Float32Array): Float32Array {
  const arena = new Arena(ref);
  const { groupSize, bits } = quantizer as BinaryQuantizer;
  const slices = rows * Math.ceil(inputs / (groupSize ?? inputs));
  const alpha = arena.allocate(4 * slices * bits);
  const block = { x: arena.put(x), rows, inputs, groupSize: Math.min(groupSize ?? inputs, inputs) };
  ref.binaryEncode(block, quantizer as BinaryQuantizer, alpha, arena.allocate(rows * inputs), 0);
  return arena.takeFloats(alpha, slices * bits);
}

/** Files of a save by content, without the report, which says what ran. */
async function savedWith(sample: string, spec: QuantizerSpec, road: GpuRoad | null) {
  const out = join(temporaryFolder(), 'saved');
  const session = await openSession(sample, {
    ...{ version: '1', threads: 2, workerScript: worker.script, backend: road === null ? 'wasm' : 'webgpu' },
    ...(road !== null && { roads: [road] }),
  });
  try {
    const plan = planOf(session.model, 'loupe', spec);
    const document = await session.save(plan, { format: 'loupe', out, writeReport: false });
    return { files: snapshot(out), document };
  } finally {
    await session.close();
  }
}

/** One layer's worth of a bundled checkpoint, so that the plain reference is quick. */
function smallSample(): string {
  const folder = temporaryFolder();
  const shard = readFileSync(join(copySample('llama-shakespeare', folder), 'model-00003-of-00003.safetensors'));
  const one = join(folder, 'one');
  mkdirSync(one);
  writeFileSync(join(one, 'model.safetensors'), shard);
  return one;
}

const CLIP: QuantizerSpec = { id: 'rtn', bits: 4, groupSize: 64, clip: 'mse' };

describe('saved bytes', () => {
  test.each([
    ['clips', CLIP, clipsByReference],
    ['asymmetric clips', { ...CLIP, asymmetric: true }, clipsByReference],
    ['planes', { id: 'alternating', bits: 2, groupSize: 64 }, planesByReference],
  ] as const)('are those of a machine without GPU where it proposes the same %s', async (_, spec, find) => {
    const sample = smallSample();
    const without = await savedWith(sample, spec, null);
    const by = await savedWith(sample, spec, roadOf(find));
    expect(by.document.run.backend).toBe('wasm+webgpu');
    expect(by.document.run.backend_why).toContain('searches on told by page; ');
    expect(without.document.run.backend).toBe('wasm');
    expect(by.files).toEqual(without.files);
  });

  test.each([
    ['clips', CLIP, 1],
    ['zero-points', { id: 'hqq', bits: 4, groupSize: 64 }, 1],
    ['levels', { id: 'lloyd-max', bits: 3, unit: 'channel' }, 8],
    ['planes', { id: 'alternating', bits: 3, groupSize: 64 }, 3],
  ] as const)(
    'are never worse than those of the plain start, whatever nonsense a GPU proposes as %s',
    async (_, spec, perSlice) => {
      const sample = smallSample();
      const random = seeded(11);
      const nonsense = [
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        0,
        -1,
        1e-30,
        1e30,
        50,
        100,
        101,
      ];
      const answer = (value: () => number): GpuRoad =>
        roadOf((block, x) => Float32Array.from({ length: slicesOf(block, x).length * perSlice }, value));
      const anything = (): number =>
        random() < 0.5 ? nonsense[Math.floor(random() * nonsense.length)]! : (random() - 0.5) * 200;
      const by = await savedWith(sample, spec, answer(anything));
      // Nothing of this is taken, so every slice keeps where its search begins.
      const start = await savedWith(
        sample,
        spec,
        answer(() => Number.NaN),
      );
      expect(by.document.verified).toBe(true);
      // HQQ compares Σ|e|, the others Σe².
      const figure = spec.id === 'hqq' ? 'meanAbsoluteError' : 'meanSquaredError';
      const errorOf = ({ document }: typeof by): number => document.totals?.quantized[figure] ?? Number.NaN;
      expect(errorOf(by)).toBeLessThanOrEqual(errorOf(start) * (1 + 1e-6));
      const refusedOf = ({ document }: typeof by) =>
        Number(/(\d+) of \d+ proposals refused/.exec(document.run.backend_why)?.[1]);
      expect(refusedOf(by)).toBeGreaterThan(100);
      expect(refusedOf(start)).toBeGreaterThanOrEqual(refusedOf(by));
    },
  );
});

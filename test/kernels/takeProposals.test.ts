import { beforeAll, describe, expect, test } from 'vitest';
import type { AffineQuantizer, BinaryQuantizer } from '../../src/core/quantizers/quantizer.ts';
import type { Block, Kernels } from '../../src/kernels/kernels.ts';
import { type AffinePreset, affineQuantizer } from './support/affineQuantizer.ts';
import { Arena } from './support/arena.ts';
import { loadTestKernels } from './support/backends.ts';
import { DISTRIBUTIONS, floatsOf, seeded } from './support/seeded.ts';

let ref: Kernels;
let wasm: Kernels;
beforeAll(async () => {
  ref = await loadTestKernels('ref');
  wasm = await loadTestKernels('wasm');
});

const ROWS = 3;
const INPUTS = 77;
const GROUP = 32;
const SLICES = ROWS * Math.ceil(INPUTS / GROUP);

interface Taken {
  readonly refused: number;
  readonly bytes: string;
}

/** Runs a kernel over the weights and gives what it left in `n` bytes at the pointers that it returns. */
function run(kernels: Kernels, x: Float32Array, use: (arena: Arena, block: Block) => [number, ...number[]]): Taken {
  const arena = new Arena(kernels);
  const block = { x: arena.put(x), rows: ROWS, inputs: INPUTS, groupSize: GROUP };
  const [refused, ...pointers] = use(arena, block);
  const bytes = pointers.map((pointer) => Buffer.from(arena.take(pointer, 4 * SLICES)).toString('hex')).join();
  return { refused, bytes };
}

function clips(quantizer: AffineQuantizer, proposals: Float32Array) {
  return (arena: Arena, block: Block): [number, ...number[]] => {
    const { kernels } = arena;
    const [low, high] = [arena.allocate(4 * SLICES), arena.allocate(4 * SLICES)];
    kernels.affineSearch(block, quantizer.range, low, high, false);
    return [kernels.takeClips(block, quantizer, low, high, arena.put(proposals)), low, high];
  };
}

/** Candidates of all kinds, and what is none. */
function candidates(seed: number): Float32Array {
  const random = seeded(seed);
  return Float32Array.from({ length: SLICES }, (_, i) =>
    i === 3 ? Number.NaN : i === 5 ? 1e9 : 15 + Math.floor(random() * 90),
  );
}

const PRESETS: readonly AffinePreset[] = ['absmax', 'absmax-full', 'rtn', 'rtn-asymmetric', 'zero-point', 'uniform'];
const NAMES = ['normal', 'outliers', 'shifted', 'sparse', 'huge'];

function weightsOf(name: string): Float32Array {
  return floatsOf(DISTRIBUTIONS[name]!, ROWS * INPUTS, name.length);
}

function withNonFinite(x: Float32Array): Float32Array {
  const changed = x.slice();
  changed[40] = Number.POSITIVE_INFINITY;
  changed[100] = Number.NaN;
  return changed;
}

describe('what a GPU proposes', () => {
  test.each(PRESETS)('as clips is judged alike by both backends, %s', (preset) => {
    for (const name of NAMES) {
      for (const x of [weightsOf(name), withNonFinite(weightsOf(name))]) {
        const use = clips(affineQuantizer(preset, 4, 'group', GROUP, 'F16'), candidates(preset.length));
        expect(run(wasm, x, use), `${preset}, ${name}`).toEqual(run(ref, x, use));
      }
    }
  });

  test('as clips is taken where it was found by the search, and then gives its ranges', () => {
    const quantizer: AffineQuantizer = {
      ...affineQuantizer('rtn-asymmetric', 3, 'group', GROUP, 'F16'),
      clip: { kind: 'mse' },
    };
    const x = weightsOf('normal');
    const searched = run(ref, x, (arena, block) => {
      const { kernels } = arena;
      const [low, high] = [arena.allocate(4 * SLICES), arena.allocate(4 * SLICES)];
      kernels.affineSearch(block, quantizer.range, low, high, false);
      kernels.clipRanges(block, quantizer, low, high);
      return [0, low, high];
    });
    const tried = Array.from({ length: 81 }, (_, i) => new Float32Array(SLICES).fill(20 + i));
    const ranges = tried.map((proposals) => run(wasm, x, clips(quantizer, proposals)).bytes.split(',')[1]!);
    const found = searched.bytes.split(',')[1]!;
    const slices = (hex: string): string[] => hex.match(/.{8}/g) as string[];
    slices(found).forEach((high, slice) => {
      expect(ranges.map((each) => slices(each)[slice])).toContain(high);
    });
  });

  test.each([1, 3, 4, 8])('as zero-points of HQQ is judged alike by both backends, %i bits', (bits) => {
    const quantizer = affineQuantizer('hqq-start', bits, 'group', GROUP, 'F16');
    for (const name of NAMES) {
      const x = weightsOf(name);
      const random = seeded(bits);
      const shifts = Float32Array.from({ length: SLICES }, (_, i) => (i === 2 ? Number.NaN : random() - 0.5));
      const use = (arena: Arena, block: Block): [number, ...number[]] => {
        const { kernels } = arena;
        const take = (): number => arena.allocate(4 * SLICES);
        const [low, high] = [take(), take()];
        const parameters = { scale: take(), zero: take(), multiplier: take(), perTensor: false };
        kernels.affineSearch(block, quantizer.range, low, high, false);
        kernels.affineParameters(quantizer, SLICES, low, high, parameters);
        const proposals = arena.takeFloats(parameters.zero, SLICES).map((zero, i) => zero + shifts[i]!);
        return [kernels.takeZeros(block, quantizer.hi, parameters, arena.put(proposals)), parameters.zero];
      };
      expect(run(wasm, x, use), name).toEqual(run(ref, x, use));
      expect(run(ref, x, use).refused, name).toBeGreaterThan(0);
    }
  });

  test.each([1, 2, 4])('as sign planes is judged alike by both backends, %i planes', (planes) => {
    const quantizer: BinaryQuantizer = {
      ...{ family: 'binary', id: 'alternating', bits: planes, planes: Array.from({ length: planes }, () => 'l2') },
      ...{ method: 'alternating', unit: 'group', groupSize: GROUP, scaleDtype: 'F16' },
    };
    for (const name of NAMES) {
      const use = (proposed: (arena: Arena, found: number) => Float32Array, quality: number[]) => {
        return (arena: Arena, block: Block): [number, ...number[]] => {
          const found = arena.allocate(4 * SLICES * planes);
          const [alpha, codes] = [arena.allocate(4 * SLICES * planes), arena.allocate(ROWS * INPUTS)];
          const scratch = arena.allocate(8 * GROUP);
          arena.kernels.binaryEncode(block, quantizer, found, codes, scratch);
          const proposals = arena.put(proposed(arena, found));
          const refused = arena.kernels.binaryEncodeBy(block, quantizer, alpha, codes, scratch, proposals);
          quality.push(refused);
          return [refused, alpha, codes];
        };
      };
      const x = weightsOf(name);
      const same = (arena: Arena, found: number): Float32Array => arena.takeFloats(found, SLICES * planes);
      const nonsense = (): Float32Array => new Float32Array(SLICES * planes).fill(Number.NaN);
      expect(run(wasm, x, use(same, [])), name).toEqual(run(ref, x, use(same, [])));
      expect(run(wasm, x, use(nonsense, [])).refused, name).toBe(SLICES);
    }
  });
});

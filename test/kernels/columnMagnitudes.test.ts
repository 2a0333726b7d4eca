import { expect, test } from 'vitest';
import { Arena } from './support/arena.ts';
import { loadTestKernels } from './support/backends.ts';
import { DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

test('columnMagnitudes of both backends finds the largest magnitude of each column, block after block', async () => {
  for (const backend of ['ref', 'wasm'] as const) {
    const arena = new Arena(await loadTestKernels(backend));
    for (const [rows, columns] of [
      [1, 1],
      [7, 3],
      [5, 130],
      [40, 8],
    ] as const) {
      const blocks = [1, 2].map((seed) => floatsOf(DISTRIBUTIONS['any finite bits']!, rows * columns, seed));
      const target = arena.allocate(4 * columns);
      for (const x of blocks) arena.kernels.columnMagnitudes(arena.put(x, 4), rows, columns, target);
      const expected = Float32Array.from({ length: columns }, (_, column) =>
        Math.max(...blocks.flatMap((x) => [...x].filter((_, i) => i % columns === column).map(Math.abs))),
      );
      expect(arena.takeFloats(target, columns)).toEqual(expected);
    }
  }
});

test('columnMagnitudes keeps an infinity, and a NaN over it', async () => {
  for (const backend of ['ref', 'wasm'] as const) {
    const arena = new Arena(await loadTestKernels(backend));
    const target = arena.allocate(4 * 5);
    const x = Float32Array.of(1, Number.NEGATIVE_INFINITY, Number.NaN, 2, -0, -3, 5, 6, Number.NaN, 0);
    arena.kernels.columnMagnitudes(arena.put(x), 2, 5, target);
    expect([...arena.takeFloats(target, 5)]).toEqual([3, Number.POSITIVE_INFINITY, Number.NaN, Number.NaN, 0]);
  }
});

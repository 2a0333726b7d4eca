import { describe, expect, test } from 'vitest';
import { RUN_ELEMENTS } from '../../../src/core/metrics/runRecord.ts';
import { chunksOf } from '../../../src/session/batching/chunks.ts';

const shapes: readonly (readonly [number, number])[] = [
  [1, 1],
  [4096, 11008],
  [32000, 4096],
  [50257, 768],
  [151936, 1536],
  [100_000, 333],
  [3, 20_000_000],
  [7_000_000, 3],
  [1, 2 ** 31],
];

describe('chunks of a tensor', () => {
  test.each(shapes)('cover its %d channels of %d inputs, in order, each once', (channels, inputs) => {
    const chunks = chunksOf({ channels, inputs, transposed: false }, 2);
    expect(chunks[0]?.start).toBe(0);
    expect(chunks.at(-1)?.end).toBe(channels);
    for (const [i, chunk] of chunks.entries()) {
      expect(chunk.end).toBeGreaterThan(chunk.start);
      if (i > 0) expect(chunk.start).toBe(chunks[i - 1]?.end);
    }
  });

  test.each(shapes)('begin on a run and on a multiple of 32 channels (%d × %d)', (channels, inputs) => {
    for (const { start } of chunksOf({ channels, inputs, transposed: false }, 2)) {
      expect((start * inputs) % RUN_ELEMENTS).toBe(0);
      expect(start % 32).toBe(0);
    }
  });

  test('are some ten megabytes each where the shape allows it', () => {
    const chunks = chunksOf({ channels: 32000, inputs: 4096, transposed: false }, 2);
    expect(chunks.length).toBe(16);
    for (const { start, end } of chunks) expect((end - start) * 4096).toBeLessThanOrEqual(1.5 * 2 ** 23);
  });

  test('of a small tensor are one', () => {
    expect(chunksOf({ channels: 768, inputs: 768, transposed: false }, 4)).toEqual([{ start: 0, end: 768 }]);
  });

  test('of a transposed tensor are one up to 64 MB and strips above', () => {
    expect(chunksOf({ channels: 6400, inputs: 1600, transposed: true }, 4)).toHaveLength(1);
    expect(chunksOf({ channels: 32000, inputs: 8192, transposed: true }, 4).length).toBeGreaterThan(3);
  });

  test('of an empty tensor are none', () => {
    expect(chunksOf({ channels: 0, inputs: 8, transposed: false }, 2)).toEqual([]);
    expect(chunksOf({ channels: 8, inputs: 0, transposed: false }, 2)).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { batchBytesFor, chunksOfTensors, inReadingOrder, takeBatch } from '../../../src/session/batching/batches.ts';
import { tensorOf } from '../support/tensors.ts';

function batchesOf(tensors: ReturnType<typeof tensorOf>[], workers: number): string[][] {
  const chunks = chunksOfTensors(tensors);
  const bytes = batchBytesFor(chunks, workers);
  const batches: string[][] = [];
  while (chunks.length > 0)
    batches.push(takeBatch(chunks, bytes).map(({ tensor, index }) => `${tensor.name}:${index}`));
  return batches;
}

describe('batches', () => {
  test('of ten thousand tiny tensors are some dozens', () => {
    const tensors = Array.from({ length: 10_000 }, (_, i) => tensorOf(`t${i}`, 4, 16));
    const batches = batchesOf(tensors, 2);
    expect(batches.flat()).toHaveLength(10_000);
    expect(batches.length).toBeLessThan(60);
  });

  test('of a small model still occupy every worker', () => {
    const tensors = Array.from({ length: 50 }, (_, i) => tensorOf(`t${i}`, 768, 768));
    expect(batchesOf(tensors, 8).length).toBeGreaterThanOrEqual(16);
  });

  test('hold every chunk once and in order', () => {
    const batches = batchesOf([tensorOf('a', 32000, 4096), tensorOf('b', 8, 8), tensorOf('c', 0, 8)], 2);
    expect(batches.flat()).toEqual([...Array.from({ length: 16 }, (_, i) => `a:${i}`), 'b:0']);
  });
});

test('tensors are read file by file, in the order of their bytes', () => {
  const tensors = [
    tensorOf('late', 8, 8, { path: 'b', start: 0 }),
    tensorOf('second', 8, 8, { path: 'a', start: 900 }),
    tensorOf('first', 8, 8, { path: 'a', start: 100 }),
  ];
  expect(inReadingOrder(tensors).map(({ name }) => name)).toEqual(['first', 'second', 'late']);
});

import { expect, test } from 'vitest';
import { chunksOfTensors } from '../../../src/session/batching/batches.ts';
import { ChunkFolder } from '../../../src/session/batching/chunkFolder.ts';
import { tensorOf } from '../support/tensors.ts';

const chunks = chunksOfTensors([tensorOf('w', 16384, 4096)]);
const newFolder = (): ChunkFolder<number, string> =>
  new ChunkFolder(
    () => '',
    (total, part) => `${total}${part}`,
  );

test('results are folded in the order of the chunks, however they arrive', () => {
  const folder = newFolder();
  const arrivals = [5, 0, 7, 1, 2, 6, 4, 3];
  expect(chunks).toHaveLength(arrivals.length);
  const totals = arrivals.map((index) => folder.add(chunks[index]!, index));
  expect(totals).toEqual([null, null, null, null, null, null, null, '01234567']);
});

test('a chunk that arrives twice counts once', () => {
  const folder = newFolder();
  const totals = [0, 0, 1, 2, 3, 3, 4, 5, 6, 7].map((index) => folder.add(chunks[index]!, index));
  expect(totals.at(-1)).toBe('01234567');
});

test('a tensor that was forgotten begins anew', () => {
  const folder = newFolder();
  folder.add(chunks[0]!, 9);
  folder.forget('w');
  const totals = chunks.map((chunk, index) => folder.add(chunk, index));
  expect(totals.at(-1)).toBe('01234567');
});

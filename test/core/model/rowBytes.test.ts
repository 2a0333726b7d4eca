import { describe, expect, test } from 'vitest';
import { piecesOfRows, turnRows } from '../../../src/core/model/rowBytes.ts';

const view = { channels: 5, inputs: 3, transposed: false };
const turned = { ...view, transposed: true };

describe('rows of a view in a file', () => {
  test('are one run where the tensor is stored by channels', () => {
    expect(piecesOfRows(view, 2, 1, 3)).toEqual([{ start: 6, bytes: 18 }]);
  });

  test('are a piece of each stored row where it is stored by inputs', () => {
    expect(piecesOfRows(turned, 2, 1, 3)).toEqual([
      { start: 2, bytes: 6 },
      { start: 12, bytes: 6 },
      { start: 22, bytes: 6 },
    ]);
  });

  test('are one run of a transposed tensor that is read whole', () => {
    expect(piecesOfRows(turned, 4, 0, 5)).toEqual([{ start: 0, bytes: 60 }]);
  });
});

describe('turning rows', () => {
  test.each([
    [2, (bytes: ArrayBuffer) => new Uint16Array(bytes)],
    [4, (bytes: ArrayBuffer) => new Uint32Array(bytes)],
  ])('of %i bytes an element gives the channels one after the other, wherever the bytes begin', (size, elementsOf) => {
    const [inputs, rows] = [37, 70];
    const stored = elementsOf(new ArrayBuffer(inputs * rows * size)).map((_, i) => i + 1);
    const shifted = new Uint8Array(stored.byteLength + 1);
    shifted.set(new Uint8Array(stored.buffer), 1);
    const expected = stored.map((_, i) => (i % inputs) * rows + Math.floor(i / inputs) + 1);
    for (const bytes of [new Uint8Array(stored.buffer), shifted.subarray(1)]) {
      expect(elementsOf(turnRows(bytes, inputs, rows, size).buffer as ArrayBuffer)).toEqual(expected);
    }
  });
});

import type { View2D } from './model.ts';

/** Bytes of a stored tensor that belong to rows of its view. */
export interface RowPiece {
  /** From the tensor's first byte on. */
  readonly start: number;
  readonly bytes: number;
}

/**
 * Where `rows` rows of the view lie, in the order of the file: one run, or of a transposed tensor one piece of each stored
 * row (all of it in one where it is read whole).
 */
export function piecesOfRows(view: View2D, elementBytes: number, firstRow: number, rows: number): RowPiece[] {
  const { channels, inputs, transposed } = view;
  if (!transposed) return [{ start: firstRow * inputs * elementBytes, bytes: rows * inputs * elementBytes }];
  if (rows === channels) return [{ start: 0, bytes: channels * inputs * elementBytes }];
  return Array.from({ length: inputs }, (_, input) => ({
    start: (input * channels + firstRow) * elementBytes,
    bytes: rows * elementBytes,
  }));
}

/** Channels turned at a time: their writes stay in the first cache. */
const TILE = 32;

/**
 * Stored rows [inputs][rows] as rows of the view, [rows][inputs].
 * @param elementBytes 2 or 4
 */
export function turnRows(stored: Uint8Array, inputs: number, rows: number, elementBytes: number): Uint8Array {
  const turned = new Uint8Array(stored.length);
  const Elements = elementBytes === 2 ? Uint16Array : Uint32Array;
  // A copy where the bytes do not begin on an element.
  const { buffer, byteOffset } = stored.byteOffset % elementBytes === 0 ? stored : stored.slice();
  const from = new Elements(buffer as ArrayBuffer, byteOffset, inputs * rows);
  const to = new Elements(turned.buffer, 0, inputs * rows);
  for (let first = 0; first < rows; first += TILE) {
    const end = Math.min(first + TILE, rows);
    for (let input = 0; input < inputs; input++) {
      for (let row = first; row < end; row++) to[row * inputs + input] = from[input * rows + row]!;
    }
  }
  return turned;
}

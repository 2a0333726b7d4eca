/** x' of packed codes: the level of each, rounded once to the loader's dtype. Twin: ref/codebookDecode.ts. */

import { prepareLevels, restoredLevels } from './nearestLevel';
import { unpackCodes } from './packCodes';

const PIECE: u32 = 2048;
const codeBytes: usize = memory.data(2048 + 16, 16);

export function codebookDecode(
  x: usize,
  rows: u32,
  inputs: u32,
  levels: usize,
  bits: i32,
  perTensor: bool,
  codes: usize,
  rowBytes: u32,
  roundTo: i32,
): void {
  const count: u32 = 1 << bits;
  for (let row: u32 = 0; row < rows; row++) {
    prepareLevels(perTensor ? levels : levels + row * count * 4, count, roundTo, 0);
    const source = codes + row * rowBytes;
    for (let column: u32 = 0; column < inputs; column += PIECE) {
      const length = min<u32>(PIECE, inputs - column);
      unpackCodes(source + ((<usize>column * bits) >>> 3), length, bits, codeBytes);
      for (let at: u32 = 0; at < length; at++, x += 4) {
        store<f32>(x, load<f32>(restoredLevels + <usize>load<u8>(codeBytes + at) * 4));
      }
    }
  }
}

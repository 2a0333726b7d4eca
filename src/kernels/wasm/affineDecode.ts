/** x' = f32(f32(q - Z) * scale) of packed codes, then one rounding to the loader's dtype. Twin: ref/affineDecode.ts. */

import { STORAGE_I8 } from './codes';
import { unpackCodes } from './packCodes';
import { roundDecoded } from './roundDecoded';

const PIECE: u32 = 2048;
const codeBytes: usize = memory.data(2048 + 16, 16);

export function affineDecode(
  x: usize,
  rows: u32,
  inputs: u32,
  groupSize: u32,
  codes: usize,
  storage: i32,
  bits: i32,
  rowBytes: u32,
  scales: usize,
  zeros: usize,
  perTensor: bool,
  roundTo: i32,
): void {
  const step: usize = perTensor ? 0 : 4;
  const slices = (inputs - 1) / groupSize + 1;
  // Signed bytes are read as unsigned ones with the sign bit turned over.
  const isSigned = storage == STORAGE_I8;
  const offset: i32 = isSigned ? 128 : 1 << (bits - 1);
  for (let row: u32 = 0; row < rows; row++) {
    const source = codes + row * rowBytes;
    for (let column: u32 = 0; column < inputs; ) {
      const end = min<u32>(column + PIECE, inputs);
      const length = end - column;
      if (isSigned) turnSigns(source + column, length);
      else unpackCodes(source + ((<usize>column * bits) >>> 3), length, bits, codeBytes);
      let slice = column / groupSize;
      for (let at = column; at < end; slice++) {
        const sliceEnd = <u32>min<u64>((<u64>slice + 1) * groupSize, end);
        const parameter = <usize>(row * slices + slice) * step;
        const zero: f32 = zeros == 0 ? 0 : load<f32>(zeros + parameter);
        const byte = codeBytes + at - column;
        decodeSlice(byte, sliceEnd - at, offset, load<f32>(scales + parameter), zero, x + (at - column) * 4);
        at = sliceEnd;
      }
      roundDecoded(x, length, roundTo);
      x += length * 4;
      column = end;
    }
  }
}

function turnSigns(source: usize, n: u32): void {
  for (let at: u32 = 0; at < n; at++) store<u8>(codeBytes + at, load<u8>(source + at) ^ 0x80);
}

// @ts-ignore: decorator
@inline
function decodeSlice(codes: usize, n: u32, offset: i32, scale: f32, zero: f32, target: usize): void {
  const scales = f32x4.splat(scale);
  const zeros = f32x4.splat(zero);
  const offsets = i32x4.splat(offset);
  const end = target + n * 4;
  for (; target + 16 <= end; target += 16, codes += 4) {
    const wide = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(codes)));
    const code = f32x4.convert_i32x4_s(i32x4.sub(wide, offsets));
    v128.store(target, f32x4.mul(f32x4.sub(code, zeros), scales));
  }
  for (; target < end; target += 4, codes++) {
    store<f32>(target, (<f32>(<i32>load<u8>(codes) - offset) - zero) * scale);
  }
}

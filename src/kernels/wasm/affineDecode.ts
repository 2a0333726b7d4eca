/** x' of packed codes by their decode rule, then one rounding to the loader's dtype. Twin: ref/affineDecode.ts. */

import { DECODE_CELLS, DECODE_FLOAT_ZERO, DECODE_ROW_ABSMAX, DECODE_SCALED, STORAGE_I8 } from './codes';
import { inverse127Vector, middleVector } from './constants';
import { unpackCodes } from './packCodes';
import { roundDecoded } from './roundDecoded';

const PIECE: u32 = 2048;
const codeBytes: usize = memory.data(2048 + 16, 16);

export function affineDecode(
  x: usize,
  rows: u32,
  inputs: u32,
  groupSize: u32,
  rule: i32,
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
  const isUnsigned = rule == DECODE_CELLS || rule == DECODE_FLOAT_ZERO;
  const offset: i32 = isSigned ? 128 : isUnsigned ? 0 : 1 << (bits - 1);
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
        decodeSliceBy(rule, byte, sliceEnd - at, offset, load<f32>(scales + parameter), zero, x + (at - column) * 4);
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

/** Picks the loop that was compiled for the rule. */
function decodeSliceBy(rule: i32, codes: usize, n: u32, offset: i32, scale: f32, zero: f32, target: usize): void {
  if (rule == DECODE_CELLS) decodeSlice(DECODE_CELLS, codes, n, offset, scale, zero, target);
  else if (rule == DECODE_ROW_ABSMAX) decodeSlice(DECODE_ROW_ABSMAX, codes, n, offset, scale, zero, target);
  else decodeSlice(DECODE_SCALED, codes, n, offset, scale, zero, target);
}

// @ts-ignore: decorator
@inline
function decodeSlice(rule: i32, codes: usize, n: u32, offset: i32, scale: f32, zero: f32, target: usize): void {
  const scales = f32x4.splat(scale);
  const zeros = f32x4.splat(zero);
  const offsets = i32x4.splat(offset);
  const constant = rule == DECODE_ROW_ABSMAX ? inverse127Vector() : middleVector();
  const end = target + n * 4;
  for (; target + 16 <= end; target += 16, codes += 4) {
    const wide = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(codes)));
    const code = f32x4.convert_i32x4_s(i32x4.sub(wide, offsets));
    v128.store(target, decode(rule, code, scales, zeros, constant));
  }
  for (; target < end; target += 4, codes++) {
    const code = f32x4.splat(<f32>(<i32>load<u8>(codes) - offset));
    store<f32>(target, f32x4.extract_lane(decode(rule, code, scales, zeros, constant), 0));
  }
}

// @ts-ignore: decorator
@inline
function decode(rule: i32, code: v128, scales: v128, zeros: v128, constant: v128): v128 {
  if (rule == DECODE_CELLS) return f32x4.add(zeros, f32x4.mul(f32x4.add(code, constant), scales));
  if (rule == DECODE_ROW_ABSMAX) return f32x4.mul(f32x4.mul(code, scales), constant);
  return f32x4.mul(f32x4.sub(code, zeros), scales);
}

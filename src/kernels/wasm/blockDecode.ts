/** x' = f32(level·scale) of 4-bit codes of a run of blocks, then one rounding to the loader's dtype. Twin: ref/blockDecode.ts. */

import { halvesOfFirst, halvesOfLast, highHalves, lowHalves, splitPlanes } from './lookup';
import { unpackNibbles } from './nibbles';
import { roundDecoded } from './roundDecoded';

const PIECE: u32 = 2048;
const codeBytes: usize = memory.data(2048 + 32, 16);
const planes: usize = memory.data(64, 16);

export function blockDecode(
  x: usize,
  elements: u32,
  skipped: u32,
  blockSize: u32,
  scales: usize,
  levels: usize,
  codes: usize,
  firstCode: u32,
  highFirst: bool,
  roundTo: i32,
): void {
  splitPlanes(levels, planes);
  let left = blockSize - skipped;
  for (let at: u32 = 0; at < elements; ) {
    const piece = min<u32>(PIECE, elements - at);
    const place = firstCode + at;
    unpackNibbles(codes + (place >>> 1), place & 1, piece, highFirst, codeBytes);
    for (let done: u32 = 0; done < piece; ) {
      const n = min<u32>(left, piece - done);
      decodeBlock(codeBytes + done, n, levels, load<f32>(scales), x + done * 4);
      done += n;
      left -= n;
      if (left == 0) {
        scales += 4;
        left = blockSize;
      }
    }
    roundDecoded(x, piece, roundTo);
    x += piece * 4;
    at += piece;
  }
}

function decodeBlock(codes: usize, n: u32, levels: usize, scale: f32, target: usize): void {
  const scales = f32x4.splat(scale);
  const l0 = v128.load(planes);
  const l1 = v128.load(planes, 16);
  const l2 = v128.load(planes, 32);
  const l3 = v128.load(planes, 48);
  const end = codes + (n & ~15);
  for (; codes < end; codes += 16, target += 64) {
    const sixteen = v128.load(codes);
    const lowFirst = halvesOfFirst(l0, l1, sixteen);
    const highFirst = halvesOfFirst(l2, l3, sixteen);
    const lowLast = halvesOfLast(l0, l1, sixteen);
    const highLast = halvesOfLast(l2, l3, sixteen);
    v128.store(target, f32x4.mul(lowHalves(lowFirst, highFirst), scales));
    v128.store(target, f32x4.mul(highHalves(lowFirst, highFirst), scales), 16);
    v128.store(target, f32x4.mul(lowHalves(lowLast, highLast), scales), 32);
    v128.store(target, f32x4.mul(highHalves(lowLast, highLast), scales), 48);
  }
  for (let at: u32 = 0; at < (n & 15); at++) {
    store<f32>(target + at * 4, load<f32>(levels + (<usize>load<u8>(codes + at)) * 4) * scale);
  }
}

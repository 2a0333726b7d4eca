/** Elements of any stored dtype to F32. Exact where F32 holds the value, else rounded once, ties to even. Twin: wasm/decode.ts. */
import type { Dtype } from '../../core/numbers/dtype.ts';
import { decodeF8E4M3, decodeF8E5M2 } from '../../core/numbers/float8.ts';
import { decodeF16Bits } from '../../core/numbers/float16.ts';
import type { RefMemory } from './refMemory.ts';

/** Reads element `index` at `source` as the bits of an F32: bits, so that a NaN keeps its payload. */
type ReadBits = (memory: RefMemory, source: number, index: number) => number;

const QUIET_NAN = 0x7fc00000;
const scratch = new DataView(new ArrayBuffer(4));

/** F32 bits of a number, rounded once; every NaN becomes the canonical one. */
function bitsOf(value: number): number {
  if (Number.isNaN(value)) return QUIET_NAN;
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

/**
 * A 64-bit integer as a number that rounds to F32 as the integer itself would: beyond 2^53 the low bits are folded into a
 * sticky bit (round to odd), so that the two roundings do not add up.
 */
function integerToNumber(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude < 2n ** 53n) return Number(value);
  const sticky = (magnitude & 0x7ffn) === 0n ? 0n : 1n;
  const rounded = Number((magnitude >> 11n) | sticky) * 2048;
  return value < 0n ? -rounded : rounded;
}

const READERS: Partial<Readonly<Record<Dtype, ReadBits>>> = {
  BOOL: (memory, source, i) => bitsOf(memory.view.getUint8(source + i) === 0 ? 0 : 1),
  U8: (memory, source, i) => bitsOf(memory.view.getUint8(source + i)),
  I8: (memory, source, i) => bitsOf(memory.view.getInt8(source + i)),
  F8_E4M3: (memory, source, i) => bitsOf(decodeF8E4M3(memory.view.getUint8(source + i))),
  F8_E5M2: (memory, source, i) => bitsOf(decodeF8E5M2(memory.view.getUint8(source + i))),
  U16: (memory, source, i) => bitsOf(memory.view.getUint16(source + 2 * i, true)),
  I16: (memory, source, i) => bitsOf(memory.view.getInt16(source + 2 * i, true)),
  F16: (memory, source, i) => decodeF16Bits(memory.uint16(source, i)),
  BF16: (memory, source, i) => memory.uint16(source, i) << 16,
  U32: (memory, source, i) => bitsOf(memory.uint32(source, i)),
  I32: (memory, source, i) => bitsOf(memory.view.getInt32(source + 4 * i, true)),
  F32: (memory, source, i) => memory.uint32(source, i),
  U64: (memory, source, i) => bitsOf(integerToNumber(memory.view.getBigUint64(source + 8 * i, true))),
  I64: (memory, source, i) => bitsOf(integerToNumber(memory.view.getBigInt64(source + 8 * i, true))),
  F64: (memory, source, i) => bitsOf(memory.float64(source, i)),
};

/** @throws Error for a dtype that kernels do not decode (sub-byte floats, C64, F8_E8M0, the FNUZ variants): a bug of the caller */
export function elementReader(dtype: Dtype): ReadBits {
  const reader = READERS[dtype];
  if (reader === undefined) throw new Error(`kernels do not decode ${dtype}`);
  return reader;
}

export function decode(memory: RefMemory, dtype: Dtype, source: number, target: number, n: number): void {
  const read = elementReader(dtype);
  for (let i = 0; i < n; i++) memory.setUint32(target, i, read(memory, source, i));
}

/** Channels [firstChannel, firstChannel + channels) of a tensor stored [inputs][storedChannels], to F32 [channels][inputs]. */
export function decodeTransposed(
  memory: RefMemory,
  dtype: Dtype,
  source: number,
  storedChannels: number,
  firstChannel: number,
  channels: number,
  inputs: number,
  target: number,
): void {
  const read = elementReader(dtype);
  for (let channel = 0; channel < channels; channel++) {
    for (let input = 0; input < inputs; input++) {
      const stored = input * storedChannels + firstChannel + channel;
      memory.setUint32(target, channel * inputs + input, read(memory, source, stored));
    }
  }
}

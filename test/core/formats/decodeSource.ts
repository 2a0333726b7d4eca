import type { PackedAffine, PackedScaledFloat, StoredTensor, TensorSource } from '../../../src/core/model/model.ts';
import { decodeBF16, roundToBF16 } from '../../../src/core/numbers/bfloat16.ts';
import { decodeE2M1 } from '../../../src/core/numbers/e2m1.ts';
import { decodeE8M0 } from '../../../src/core/numbers/e8m0.ts';
import { decodeF8E4M3, decodeF8E5M2 } from '../../../src/core/numbers/float8.ts';
import { decodeF16, roundToF16 } from '../../../src/core/numbers/float16.ts';

/** Bytes of the file that holds the tensors. */
export type FileBytes = Uint8Array;

/** x' of a packed tensor as F32 [channels][inputs], element by element: slow, and nothing of the worker's. */
export function decodeSource(source: TensorSource, file: FileBytes): Float32Array {
  switch (source.kind) {
    case 'raw':
      return decodeRaw(source, file);
    case 'affine':
      return decodeElements(source, affineValue(source, file));
    case 'scaled-float':
      return decodeElements(source, scaledValue(source, file));
    default:
      throw new Error(`${source.kind} is not decoded here yet`);
  }
}

function decodeRaw({ data, view }: Extract<TensorSource, { kind: 'raw' }>, file: FileBytes): Float32Array {
  const read = numberReader(data, file);
  return Float32Array.from({ length: view.channels * view.inputs }, (_, i) => {
    const [channel, input] = [Math.floor(i / view.inputs), i % view.inputs];
    return read(view.transposed ? input * view.channels + channel : i);
  });
}

type Value = (channel: number, input: number) => number;

function decodeElements({ view, roundTo }: PackedAffine | PackedScaledFloat, value: Value): Float32Array {
  const round = roundTo === 'BF16' ? roundToBF16 : roundTo === 'F16' ? roundToF16 : Math.fround;
  return Float32Array.from({ length: view.channels * view.inputs }, (_, i) =>
    round(value(Math.floor(i / view.inputs), i % view.inputs)),
  );
}

function affineValue(source: PackedAffine, file: FileBytes): Value {
  const { view, bits, rowBytes, codes, codeStorage, groupSize, unit } = source;
  const groups = unit === 'group' ? Math.ceil(view.inputs / groupSize) : 1;
  const scale = numberReader(source.scale, file);
  const zero = zeroReader(source, groups, file);
  const group = groupReader(source, file);
  return (channel, input) => {
    const start = codes.start + channel * rowBytes;
    const code =
      codeStorage === 'i8'
        ? ((file[start + input] ?? 0) << 24) >> 24
        : readBits(file, start * 8 + input * bits, bits) - 2 ** (bits - 1);
    const slice = unit === 'tensor' ? 0 : unit === 'channel' ? channel : channel * groups + group(input);
    return Math.fround((code - zero(slice)) * scale(slice));
  };
}

function zeroReader(
  { zero, zeroStorage, bits }: PackedAffine,
  groups: number,
  file: FileBytes,
): (slice: number) => number {
  if (zero === null) return () => 0;
  if (zeroStorage !== 'stream-along-channels') return numberReader(zero, file);
  return (slice) => {
    const [channel, group] = [Math.floor(slice / groups), slice % groups];
    // One column of words per group: bit k of a column is bit k mod 32 of its word k div 32.
    let code = 0;
    for (let i = 0; i < bits; i++) {
      const k = channel * bits + i;
      const word = zero.start + 4 * (Math.floor(k / 32) * groups + group);
      code |= readBits(file, word * 8 + (k % 32), 1) << i;
    }
    return code - 2 ** (bits - 1);
  };
}

function groupReader({ groupIndex, groupSize }: PackedAffine, file: FileBytes): (input: number) => number {
  if (groupIndex === null) return (input) => Math.floor(input / groupSize);
  return numberReader(groupIndex, file);
}

function scaledValue(source: PackedScaledFloat, file: FileBytes): Value {
  const { view, codes, codeStorage, groupSize, blockRows, unit } = source;
  const columns = unit === 'tensor' || unit === 'channel' ? 1 : Math.ceil(view.inputs / groupSize);
  const stored = scaleReader(source, file);
  const global = source.globalScale === null ? 1 : numberReader(source.globalScale, file)(0);
  const scale = (i: number): number => Math.fround(stored(i) / global);
  return (channel, input) => {
    const row = unit === 'tensor' ? 0 : Math.floor(channel / blockRows);
    const column = columns === 1 ? 0 : Math.floor(input / groupSize);
    const element = channel * view.inputs + input;
    const byte = file[codes.start + (codeStorage === 'f4-low-first' ? element >> 1 : element)] ?? 0;
    return Math.fround(codeValue(codeStorage, byte, input) * scale(row * columns + column));
  };
}

function scaleReader({ scale, scaleStorage }: PackedScaledFloat, file: FileBytes): (index: number) => number {
  if (scaleStorage === 'float') return numberReader(scale, file);
  const decode = scaleStorage === 'e8m0' ? decodeE8M0 : decodeF8E4M3;
  return (index) => decode(file[scale.start + index] ?? 0);
}

function codeValue(storage: PackedScaledFloat['codeStorage'], byte: number, input: number): number {
  if (storage === 'f8-e4m3') return decodeF8E4M3(byte);
  if (storage === 'f8-e5m2') return decodeF8E5M2(byte);
  return decodeE2M1(input % 2 === 0 ? byte & 15 : byte >> 4);
}

function numberReader({ dtype, start, end }: StoredTensor, file: FileBytes): (index: number) => number {
  const view = new DataView(file.buffer, file.byteOffset + start, end - start);
  switch (dtype) {
    case 'F32':
      return (i) => view.getFloat32(4 * i, true);
    case 'F16':
      return (i) => decodeF16(view.getUint16(2 * i, true));
    case 'BF16':
      return (i) => decodeBF16(view.getUint16(2 * i, true));
    case 'I8':
      return (i) => view.getInt8(i);
    case 'I32':
      return (i) => view.getInt32(4 * i, true);
    default:
      throw new Error(`the test decodes no ${dtype}`);
  }
}

/** Bits `from` … `from + count - 1` of a little-endian bit stream. */
function readBits(bytes: FileBytes, from: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const bit = from + i;
    value |= (((bytes[Math.floor(bit / 8)] ?? 0) >> (bit % 8)) & 1) << i;
  }
  return value;
}

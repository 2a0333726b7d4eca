import { decodeBF16 } from '../numbers/bfloat16.ts';
import { decodeF8E4M3, decodeF8E5M2 } from '../numbers/float8.ts';
import { decodeF16 } from '../numbers/float16.ts';
import { float32OfBits } from '../numbers/floatBits.ts';
import type { TableKind } from './summary.ts';

/** What every pattern of a kind stands for: values in [low, high) moving away from zero; equal where a pattern is one value. */
export interface PatternValues {
  /** Patterns of the kind: 256 or 65,536. */
  readonly size: number;
  /** True where a pattern is an interval (F32 by its upper half). */
  readonly isInterval: boolean;
  /** Lower and upper end by value, NaN and infinities included. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** The value that stands for the pattern in sums: itself, or the middle of the interval (0 for the two around zero). */
  readonly middle: Float64Array;
}

type Decode = (pattern: number) => number;

const BYTE_PATTERNS = 2 ** 8;
const HALF_PATTERNS = 2 ** 16;

const DECODERS: Readonly<Record<Exclude<TableKind, 'F32-high'>, { readonly size: number; readonly decode: Decode }>> = {
  BF16: { size: HALF_PATTERNS, decode: decodeBF16 },
  F16: { size: HALF_PATTERNS, decode: decodeF16 },
  I16: { size: HALF_PATTERNS, decode: (pattern) => (pattern << 16) >> 16 },
  U16: { size: HALF_PATTERNS, decode: (pattern) => pattern },
  F8_E4M3: { size: BYTE_PATTERNS, decode: decodeF8E4M3 },
  F8_E5M2: { size: BYTE_PATTERNS, decode: decodeF8E5M2 },
  I8: { size: BYTE_PATTERNS, decode: (pattern) => (pattern << 24) >> 24 },
  U8: { size: BYTE_PATTERNS, decode: (pattern) => pattern },
  BOOL: { size: BYTE_PATTERNS, decode: (pattern) => (pattern === 0 ? 0 : 1) },
};

const known = new Map<TableKind, PatternValues>();

/** The values of a kind's patterns, built at first use. */
export function patternValuesOf(kind: TableKind): PatternValues {
  let values = known.get(kind);
  if (values === undefined) {
    values = kind === 'F32-high' ? buildIntervals() : buildExact(DECODERS[kind].size, DECODERS[kind].decode);
    known.set(kind, values);
  }
  return values;
}

function buildExact(size: number, decode: Decode): PatternValues {
  const values = Float64Array.from({ length: size }, (_, pattern) => decode(pattern));
  return { size, isInterval: false, low: values, high: values, middle: values };
}

/**
 * F32 by its upper 16 bits: pattern p holds the magnitudes from p·2^16 up to (p+1)·2^16 read as F32 bits. The intervals
 * that begin at ±0 hold zeros and denormals below 2^-133; they count as 0.
 */
function buildIntervals(): PatternValues {
  const low = new Float64Array(HALF_PATTERNS);
  const high = new Float64Array(HALF_PATTERNS);
  const middle = new Float64Array(HALF_PATTERNS);
  const infinity = 0x7f80;
  for (let magnitude = 0; magnitude < HALF_PATTERNS / 2; magnitude++) {
    const near = float32OfBits(magnitude << 16);
    const isPoint = magnitude === 0 || magnitude >= infinity;
    const far = isPoint ? near : magnitude + 1 === infinity ? 2 ** 128 : float32OfBits((magnitude + 1) << 16);
    const negative = magnitude + HALF_PATTERNS / 2;
    low[magnitude] = near;
    high[magnitude] = far;
    low[negative] = -far;
    high[negative] = -near;
    middle[magnitude] = (near + far) / 2;
    middle[negative] = -(near + far) / 2;
  }
  return { size: HALF_PATTERNS, isInterval: true, low, high, middle };
}

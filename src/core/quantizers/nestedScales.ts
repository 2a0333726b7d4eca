/**
 * Block scales quantized in turn ("double quantization", formats of bitsandbytes): 8-bit codes of a dynamic map around the
 * mean of the scales, in blocks of 256. One scale stands for 32 weights at least, so plain loops serve every backend.
 */

/** Scales that share a scale. */
export const NESTED_BLOCK = 256;

export interface NestedScales {
  /** U8 [blocks] */
  readonly codes: Uint8Array;
  /** F32 [ceil(blocks / 256)]: largest magnitude of each nested block after the offset is taken off. */
  readonly scales: Float32Array;
}

/**
 * The signed dynamic map, ascending: for each decade i = 0..6 the 2^i cells of [0.1, 1]·10^(i-6), their middles with both
 * signs, and 0 and 1. F32 as the library computes them: `torch.linspace` steps with one rounding (a fused multiply-add).
 */
export const NESTED_MAP: Float32Array = dynamicMap();

const MIDPOINTS = Float32Array.from({ length: 255 }, (_, i) =>
  Math.fround(Math.fround(NESTED_MAP[i]! + NESTED_MAP[i + 1]!) / 2),
);

/**
 * Codes of scales by a map, nearest in units of their nested block; a tie goes to the lower code. Unlike the weights' own
 * blocks, the library's 8-bit blocks know no least divisor: a reciprocal that overflows takes scales to the map's ends.
 */
export function nestScales(absmax: Float32Array, offset: number): NestedScales {
  const codes = new Uint8Array(absmax.length);
  const scales = new Float32Array(Math.ceil(absmax.length / NESTED_BLOCK));
  for (let block = 0; block < scales.length; block++) {
    const start = block * NESTED_BLOCK;
    const centred = absmax.subarray(start, start + NESTED_BLOCK).map((scale) => scale - offset);
    const largest = centred.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    scales[block] = largest;
    const reciprocal = Math.fround(1 / largest);
    centred.forEach((value, i) => {
      // A scale equal to the offset stays 0 where the reciprocal is infinite.
      codes[start + i] = nearest(value === 0 ? 0 : Math.fround(value * reciprocal));
    });
  }
  return { codes, scales };
}

/** Scales as a loader computes them, f32(f32(map·scale) + offset), into `target` [blocks]; `skipped` blocks of the first nested block lie before. */
export function unnestScales(
  { codes, scales }: NestedScales,
  map: Float32Array,
  size: number,
  offset: number,
  target: Float32Array,
  skipped = 0,
): void {
  for (let i = 0; i < codes.length; i++) {
    target[i] = Math.fround(map[codes[i]!]! * scales[Math.floor((skipped + i) / size)]!) + offset;
  }
}

/** How many midpoints a value exceeds. */
function nearest(value: number): number {
  let [low, high] = [0, 255];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value > MIDPOINTS[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

function dynamicMap(): Float32Array {
  const values = [0, 1];
  for (let decade = 0; decade < 7; decade++) {
    const cells = 2 ** decade;
    const edges = linspace(cells + 1);
    const unit = Math.fround(10 ** (decade - 6));
    for (let cell = 0; cell < cells; cell++) {
      const middle = Math.fround(Math.fround(edges[cell]! + edges[cell + 1]!) / 2);
      const value = Math.fround(unit * middle);
      values.push(value, -value);
    }
  }
  return Float32Array.from(values).sort();
}

/** `torch.linspace(0.1, 1, steps)` in F32: from the nearer end, each with one rounding. */
function linspace(steps: number): Float32Array {
  const [first, last] = [Math.fround(0.1), 1];
  const step = Math.fround(Math.fround(last - first) / (steps - 1));
  return Float32Array.from({ length: steps }, (_, i) =>
    i < Math.floor(steps / 2) ? first + step * i : last - step * (steps - 1 - i),
  );
}

import { F16_MAX, roundToF16 } from '../numbers/float16.ts';
import type { LevelDtype } from '../quantizers/quantizer.ts';

const F32_MAX = (2 - 2 ** -23) * 2 ** 127;

/** Levels as stored: rounded to F32, then to the dtype, at most its largest finite value; they may fall together. */
export function storeLevels(levels: Float64Array, dtype: LevelDtype): Float32Array {
  const largest = dtype === 'F16' ? F16_MAX : F32_MAX;
  return Float32Array.from(levels, (level) => {
    const rounded = dtype === 'F16' ? roundToF16(level) : Math.fround(level);
    return Math.min(Math.max(rounded, -largest), largest);
  });
}

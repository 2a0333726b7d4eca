/**
 * A histogram over equal bins, for distances between histograms. Twin: ref/countBins.ts.
 *
 * Dequantized weights fall into few bins, and a count that was just stored is waited for: so four tables take turns.
 */

/**
 * Adds to `counts`, U32 [4][bins], element i to table i mod 4: bin trunc((x - low)·bins/(high - low)) in single precision, what
 * lies outside at the edges.
 */
export function countBins(x: usize, n: u32, low: f64, high: f64, bins: u32, counts: usize): void {
  const lows = f32x4.splat(<f32>low);
  const units = f32x4.splat(<f32>(<f64>bins / (high - low)));
  const zeros = f32x4.splat(0);
  const lasts = f32x4.splat(<f32>(bins - 1));
  const table1 = counts + bins * 4;
  const table2 = table1 + bins * 4;
  const table3 = table2 + bins * 4;
  const end = x + (n & ~3) * 4;
  for (; x < end; x += 16) {
    const places = f32x4.mul(f32x4.sub(v128.load(x), lows), units);
    const offsets = i32x4.shl(i32x4.trunc_sat_f32x4_u(f32x4.pmin(lasts, f32x4.pmax(zeros, places))), 2);
    countAt(counts + i32x4.extract_lane(offsets, 0));
    countAt(table1 + i32x4.extract_lane(offsets, 1));
    countAt(table2 + i32x4.extract_lane(offsets, 2));
    countAt(table3 + i32x4.extract_lane(offsets, 3));
  }
  for (let left = n & 3, table = counts; left > 0; left--, x += 4, table += bins * 4) {
    const place = (load<f32>(x) - <f32>low) * <f32>(<f64>bins / (high - low));
    countAt(table + (<u32>min<f32>(max<f32>(place, 0), <f32>(bins - 1)) << 2));
  }
}

// @ts-ignore: decorator
@inline
function countAt(place: usize): void {
  store<u32>(place, load<u32>(place) + 1);
}

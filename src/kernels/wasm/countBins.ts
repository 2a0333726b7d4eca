/** A histogram over equal bins, for distances between histograms. Twin: ref/countBins.ts. */

/** Adds to `counts`, U32 [bins]: bin trunc((x - low)·bins/(high - low)) in double, what lies outside at the edges. */
export function countBins(x: usize, n: u32, low: f64, high: f64, bins: u32, counts: usize): void {
  const perUnit = <f64>bins / (high - low);
  const lows = f64x2.splat(low);
  const units = f64x2.splat(perUnit);
  const zeros = f64x2.splat(0);
  const lasts = f64x2.splat(<f64>(bins - 1));
  const end = x + (n & ~3) * 4;
  for (; x < end; x += 16) {
    const a = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x)), lows), units);
    const b = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x, 8)), lows), units);
    const first = i32x4.shl(i32x4.trunc_sat_f64x2_u_zero(f64x2.pmin(f64x2.pmax(a, zeros), lasts)), 2);
    const second = i32x4.shl(i32x4.trunc_sat_f64x2_u_zero(f64x2.pmin(f64x2.pmax(b, zeros), lasts)), 2);
    countAt(counts + i32x4.extract_lane(first, 0));
    countAt(counts + i32x4.extract_lane(first, 1));
    countAt(counts + i32x4.extract_lane(second, 0));
    countAt(counts + i32x4.extract_lane(second, 1));
  }
  for (let left = n & 3; left > 0; left--, x += 4) {
    const place = (<f64>load<f32>(x) - low) * perUnit;
    countAt(counts + <usize>(<u32>min<f64>(max<f64>(place, 0), <f64>(bins - 1)) << 2));
  }
}

// @ts-ignore: decorator
@inline
function countAt(place: usize): void {
  store<u32>(place, load<u32>(place) + 1);
}

/** x^exponent in double from basic operations, two lanes at a time. Twin: core/numbers/power.ts. */

const ROOT_HALF_BITS: i32 = 0x3f3504f3;
const LN2: f64 = 0.6931471805599453;
const LOG2_TERMS: i32 = 11;
const EXP2_TERMS: i32 = 13;
const log2Series: usize = memory.data(11 * 8, 16);
const exp2Series: usize = memory.data(13 * 8, 16);
let isReady: bool = false;

/** By the same operations as the twin, so that the coefficients are the same doubles. */
function fillSeries(): void {
  for (let i = 0; i < LOG2_TERMS; i++) store<f64>(log2Series + i * 8, 2 / (LN2 * <f64>(2 * i + 1)));
  for (let i = 0; i < EXP2_TERMS; i++) {
    let term: f64 = 1;
    for (let k = 1; k <= i; k++) term *= LN2 / <f64>k;
    store<f64>(exp2Series + i * 8, term);
  }
  isReady = true;
}

// @ts-ignore: decorator
@inline
function polynomial(coefficients: usize, terms: i32, x: v128): v128 {
  let sum = f64x2.splat(0);
  for (let i = terms - 1; i >= 0; i--) {
    sum = f64x2.add(f64x2.mul(sum, x), v128.load64_splat(coefficients + i * 8));
  }
  return sum;
}

/** Lanes 0 and 1 of `x` (F32, positive and normal) to a power, as F64. */
export function powerOf2(x: v128, exponent: f64): v128 {
  if (!isReady) fillSeries();
  const octave = i32x4.shr_s(i32x4.sub(x, i32x4.splat(ROOT_HALF_BITS)), 23);
  const mantissa = f64x2.promote_low_f32x4(i32x4.sub(x, i32x4.shl(octave, 23)));
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(mantissa, one), f64x2.add(mantissa, one));
  const log2 = f64x2.add(
    f64x2.convert_low_i32x4_s(octave),
    f64x2.mul(s, polynomial(log2Series, LOG2_TERMS, f64x2.mul(s, s))),
  );
  const power = f64x2.mul(f64x2.splat(exponent), log2);
  const whole = f64x2.nearest(power);
  const unit = i32x4.shl(i32x4.add(i32x4.trunc_sat_f64x2_s_zero(whole), i32x4.splat(127)), 23);
  return f64x2.mul(polynomial(exp2Series, EXP2_TERMS, f64x2.sub(power, whole)), f64x2.promote_low_f32x4(unit));
}

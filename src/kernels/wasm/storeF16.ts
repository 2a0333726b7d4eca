/** A double as stored in F16: nearest even in one rounding, saturating. The twin, with the reasons: core/numbers/storeF16.ts. */
export function storeF16(x: f64): f32 {
  const exponent = max<i32>(<i32>((reinterpret<u32>(<f32>x) >>> 23) & 0xff) - 127, -14);
  // 1.5·2^(42 + exponent)
  const shifter = reinterpret<f64>((<u64>(1023 + 42 + exponent) << 52) | 0x0008000000000000);
  const rounded = x + shifter - shifter;
  return <f32>(abs(rounded) > 65504 ? copysign<f64>(65504, rounded) : rounded);
}

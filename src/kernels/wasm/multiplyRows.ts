/** Rows times their scale, in place. Twin: ref/multiplyRows.ts. */

export function multiplyRows(x: usize, rows: u32, columns: u32, scales: usize, perTensor: bool): void {
  for (let row: u32 = 0; row < rows; row++) {
    const scale = load<f32>(scales + (perTensor ? 0 : row * 4));
    const vector = f32x4.splat(scale);
    const end = x + columns * 4;
    for (; x + 16 <= end; x += 16) v128.store(x, f32x4.mul(v128.load(x), vector));
    for (; x < end; x += 4) store<f32>(x, load<f32>(x) * scale);
  }
}

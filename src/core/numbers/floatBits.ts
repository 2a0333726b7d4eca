const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The 32 bits of `x` rounded to F32. */
export function bitsOfFloat32(x: number): number {
  float[0] = x;
  return bits[0] as number;
}

/** The F32 value of 32 bits. */
export function float32OfBits(pattern: number): number {
  bits[0] = pattern;
  return float[0] as number;
}

/**
 * The cube root of a finite x ≥ 0 in double, to within a few units of the last place. Engines differ in `Math.cbrt`; this is
 * made of operations that IEEE 754 defines to the bit, so that every backend finds the same. Twin: kernels/wasm/cubeRoot.ts.
 */
export function cubeRoot(x: number): number {
  if (x === 0) return 0;
  let scale = 1;
  let mantissa = x;
  for (; mantissa >= 8; mantissa /= 8) scale *= 2;
  for (; mantissa < 1; mantissa *= 8) scale /= 2;
  // A line through [1, 8) that is off by less than a tenth; each of Halley's steps triples the digits.
  let root = 0.9 + 0.15 * mantissa;
  for (let step = 0; step < 4; step++) {
    const cube = root * root * root;
    root = (root * (cube + 2 * mantissa)) / (2 * cube + mantissa);
  }
  return root * scale;
}

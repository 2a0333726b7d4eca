/** Twin: core/numbers/cubeRoot.ts, operation by operation. */
export function cubeRoot(x: f64): f64 {
  if (x == 0) return 0;
  let scale: f64 = 1;
  let mantissa = x;
  for (; mantissa >= 8; mantissa /= 8) scale *= 2;
  for (; mantissa < 1; mantissa *= 8) scale /= 2;
  let root = 0.9 + 0.15 * mantissa;
  for (let step = 0; step < 4; step++) {
    const cube = root * root * root;
    root = (root * (cube + 2 * mantissa)) / (2 * cube + mantissa);
  }
  return root * scale;
}

/** As many levels as there are codes: the last is repeated, and no weight gets the codes of its copies. */
export function paddedLevels(levels: ArrayLike<number>, bits: number): Float32Array {
  const last = levels.length - 1;
  return Float32Array.from({ length: 2 ** bits }, (_, code) => levels[Math.min(code, last)]!);
}

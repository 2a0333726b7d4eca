/** The integer nearest to `x`, ties to the even one, as IEEE `roundToIntegralTiesToEven`; keeps NaN, infinities and -0. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return rest === 0 ? x : floor;
  if (rest > 0.5) return Math.ceil(x);
  if (rest === 0.5) return floor % 2 === 0 ? floor : Math.ceil(x);
  return x;
}

/** What one quantizer costs and what it reaches. */
export interface RatePoint {
  /** Bits per weight, scales and levels included. */
  readonly bits: number;
  /** +∞ where there is no error at all. */
  readonly sqnrDb: number;
}

/** A better point may cost this many bits per weight more and still dominate. */
export const FREE_BITS = 0.05;

/** A point is dominated if another has a higher SQNR at no more than FREE_BITS extra. */
export function isDominated(point: RatePoint, points: readonly RatePoint[]): boolean {
  return points.some((other) => other.sqnrDb > point.sqnrDb && other.bits <= point.bits + FREE_BITS);
}

/** Points that none dominates, by rising rate; of equal ones all. */
export function paretoFront<P extends RatePoint>(points: readonly P[]): P[] {
  return points
    .filter((point) => !isDominated(point, points))
    .sort((a, b) => a.bits - b.bits || (a.sqnrDb === b.sqnrDb ? 0 : a.sqnrDb - b.sqnrDb));
}

import type { SortedValues } from './sortedValues.ts';

/**
 * The value below which `percent` % of the finite values lie, by linear interpolation between order statistics (numpy's
 * default): with h = percent/100·(n-1) it is x[⌊h⌋] + (h-⌊h⌋)·(x[⌊h⌋+1] - x[⌊h⌋]). The elements of an interval are taken
 * as spread evenly inside it. Null without finite values.
 */
export function quantileOf(values: SortedValues, percent: number): number | null {
  return quantilesOf(values, [percent])[0] ?? null;
}

/** Several quantiles, `percents` ascending, in one walk over the table. */
export function quantilesOf(values: SortedValues, percents: readonly number[]): (number | null)[] {
  if (values.count === 0) return percents.map(() => null);
  const walk = new OrderStatistics(values);
  return percents.map((percent) => {
    const position = (Math.min(100, Math.max(0, percent)) / 100) * (values.count - 1);
    const index = Math.min(Math.floor(position), values.count - 1);
    const lower = walk.at(index);
    const rest = position - index;
    return rest === 0 ? lower : lower + rest * (walk.at(index + 1) - lower);
  });
}

/** x[0] ≤ x[1] ≤ …, read with rising index, or falling by one. */
class OrderStatistics {
  readonly #values: SortedValues;
  #entry = 0;
  /** Elements in the entries before `#entry`. */
  #before = 0;

  constructor(values: SortedValues) {
    this.#values = values;
  }

  at(index: number): number {
    const { counts, low, high } = this.#values;
    while (this.#entry > 0 && index < this.#before) this.#before -= counts[--this.#entry]!;
    while (this.#entry < counts.length - 1 && index >= this.#before + counts[this.#entry]!) {
      this.#before += counts[this.#entry++]!;
    }
    const bottom = low[this.#entry]!;
    const width = high[this.#entry]! - bottom;
    return width === 0 ? bottom : bottom + ((index - this.#before + 0.5) / counts[this.#entry]!) * width;
  }
}

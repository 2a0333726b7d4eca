const MOST_DECIMALS = 9;

/**
 * Decimals of a column of errors such that their median shows 3 significant digits; one count for the column, so that
 * the digits of its rows line up. Zeros and missing values do not count.
 */
export function columnDecimals(values: Iterable<number | null>): number {
  const magnitudes = Array.from(values, (value) => Math.abs(value ?? 0)).filter((value) => value > 0);
  if (magnitudes.length === 0) return 3;
  magnitudes.sort((a, b) => a - b);
  const median = magnitudes[Math.floor(magnitudes.length / 2)]!;
  return Math.min(MOST_DECIMALS, Math.max(0, 2 - Math.floor(Math.log10(median))));
}

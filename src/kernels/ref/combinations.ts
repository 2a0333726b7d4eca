import { decodePlanes } from './decodePlanes.ts';

/**
 * The code of the combination Σ ±α nearest to a weight, on a tie that of the lower sum; of combinations with equal sums
 * the lowest code stands for all. Sums are what decoding gives; the middle of two of them is exact in double.
 */
export function nearestCombinations(alpha: Float32Array): (x: number) => number {
  const all = Array.from({ length: 2 ** alpha.length }, (_, code) => ({ code, sum: decodePlanes(code, alpha) }));
  all.sort((a, b) => a.sum - b.sum || a.code - b.code);
  const distinct = all.filter(({ sum }, i) => i === 0 || sum !== all[i - 1]!.sum);
  const middles = distinct.slice(1).map(({ sum }, i) => (distinct[i]!.sum + sum) / 2);
  return (x) => {
    let low = 0;
    let high = middles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x > middles[middle]!) low = middle + 1;
      else high = middle;
    }
    return distinct[low]!.code;
  };
}

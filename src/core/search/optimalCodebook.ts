import type { FoundLevels } from './lloydMax.ts';
import { PrefixSums } from './prefixSums.ts';
import { bucketsOfValues, type ValueBuckets } from './valueBuckets.ts';

/**
 * The 2^bits levels of least squared error there are, unrounded; the last is repeated where there are fewer values than levels.
 *
 * The values are cut into runs, each with its mean as its level. The error of a run fulfils the quadrangle inequality (Wu,
 * "Optimal quantization by matrix searching", 1991), so the least error of k runs is convex in k: it is found by the price of
 * a level at which k runs are the cheapest cut (Aggarwal, Schieber, Tokuyama, "Finding a minimum-weight k-link path in graphs
 * with Monge property", 1994), in a dozen cuts of O(n·log n) each.
 *
 * @param buckets at least one
 */
export function optimalCodebook(buckets: ValueBuckets, bits: number): FoundLevels {
  const { values, counts } = buckets;
  const runs = Math.min(2 ** bits, values.length);
  const ends = endsOfRuns(new RunCosts(values, counts), runs);
  const levels = new Float64Array(2 ** bits);
  let squaredError = errorInside(buckets);
  for (let run = 0; run < runs; run++) {
    const [start, end] = [ends[run]!, ends[run + 1]!];
    levels[run] = meanOf(values, counts, start, end);
    for (let i = start; i < end; i++) squaredError += counts[i]! * (values[i]! - levels[run]!) ** 2;
  }
  levels.fill(levels[runs - 1]!, runs);
  return { levels, squaredError };
}

/** 0, then the end of each run. */
type Ends = Int32Array<ArrayBuffer>;

/** The cut into exactly `runs` runs of least error: between two cuts of fewer and of more runs, at the price of the chord. */
function endsOfRuns(costs: RunCosts, runs: number): Ends {
  const { length } = costs;
  let few = { ends: Int32Array.of(0, length), cost: costs.of(0, length) };
  let many = { ends: Int32Array.from({ length: length + 1 }, (_, i) => i), cost: 0 };
  if (runs === 1) return few.ends;
  if (runs === length) return many.ends;
  const cutter = new Cutter(costs);
  for (;;) {
    const [least, most] = [few.ends.length - 1, many.ends.length - 1];
    const between = cutter.cheapestCut((few.cost - many.cost) / (most - least));
    const found = between.ends.length - 1;
    if (found === runs) return between.ends;
    // Both ends of the chord are cheapest cuts at its price: so is what is put together of them.
    if (found <= least || found >= most) return joinCuts(few.ends, many.ends, runs);
    if (found < runs) few = between;
    else many = between;
  }
}

/** The first runs of the coarse cut and the last of the fine one, exchanged where a run of the fine cut lies in one of the coarse cut. */
function joinCuts(few: Ends, many: Ends, runs: number): Ends {
  const skipped = many.length - 1 - runs;
  let kept = few.length - 2;
  while (few[kept]! > many[kept + skipped]!) kept--;
  return Int32Array.of(...few.subarray(0, kept + 1), ...many.subarray(kept + skipped + 1));
}

/** Σ count·(x - mean)² of any run of values. */
class RunCosts {
  readonly length: number;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;

  constructor(values: Float64Array, counts: Float64Array) {
    const prefix = new PrefixSums(bucketsOfValues(values, counts));
    this.length = values.length;
    this.#counts = prefix.counts;
    this.#sums = prefix.sums;
    this.#squares = prefix.squares;
  }

  of(start: number, end: number): number {
    // Of one value it is 0 to the bit: what an outlier's square leaves behind would outweigh all the rest.
    if (end - start < 2) return 0;
    const sum = this.#sums[end]! - this.#sums[start]!;
    const cost =
      this.#squares[end]! - this.#squares[start]! - (sum / (this.#counts[end]! - this.#counts[start]!)) * sum;
    return Math.max(0, cost);
  }
}

/** Finds the cheapest cut at a price per run: the least-weight path, by a queue of the starts that are best for later ends. */
class Cutter {
  readonly #costs: RunCosts;
  /** [end]: cost of the cheapest cut up to here, and where its last run starts. */
  readonly #best: Float64Array;
  readonly #start: Int32Array;
  /** Starts that are the best one from `#since` on, until the next begins. */
  readonly #queue: Int32Array;
  readonly #since: Int32Array;

  constructor(costs: RunCosts) {
    this.#costs = costs;
    this.#best = new Float64Array(costs.length + 1);
    this.#start = new Int32Array(costs.length + 1);
    this.#queue = new Int32Array(costs.length + 1);
    this.#since = new Int32Array(costs.length + 1);
  }

  cheapestCut(price: number): { ends: Ends; cost: number } {
    const [best, queue, since] = [this.#best, this.#queue, this.#since];
    const { length } = this.#costs;
    let head = 0;
    let tail = 0;
    queue[0] = 0;
    since[0] = 1;
    for (let end = 1; end <= length; end++) {
      while (head < tail && since[head + 1]! <= end) head++;
      const start = queue[head]!;
      best[end] = best[start]! + this.#costs.of(start, end) + price;
      this.#start[end] = start;
      while (since[tail]! > end && this.#isBetter(end, queue[tail]!, since[tail]!)) tail--;
      const from = this.#firstWhereBetter(end, queue[tail]!, Math.max(since[tail]!, end + 1));
      if (from > length) continue;
      queue[++tail] = end;
      since[tail] = from;
    }
    return this.#follow();
  }

  /** A later start gains on an earlier one as the end moves on. */
  #isBetter(start: number, earlier: number, end: number): boolean {
    const costs = this.#costs;
    return this.#best[start]! + costs.of(start, end) < this.#best[earlier]! + costs.of(earlier, end);
  }

  #firstWhereBetter(start: number, earlier: number, least: number): number {
    let high = this.#costs.length + 1;
    if (least >= high || !this.#isBetter(start, earlier, high - 1)) return high;
    let low = least;
    high--;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBetter(start, earlier, middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #follow(): { ends: Ends; cost: number } {
    const { length } = this.#costs;
    const ends: number[] = [length];
    let cost = 0;
    for (let end = length; end > 0; ) {
      const start = this.#start[end]!;
      cost += this.#costs.of(start, end);
      ends.push(start);
      end = start;
    }
    return { ends: Int32Array.from(ends.reverse()), cost };
  }
}

function meanOf(values: Float64Array, counts: Float64Array, start: number, end: number): number {
  if (end - start === 1) return values[start]!;
  let [count, sum] = [0, 0];
  for (let i = start; i < end; i++) {
    count += counts[i]!;
    sum += counts[i]! * values[i]!;
  }
  return sum / count;
}

/** Σ(x - mean of its bucket)², which no choice of levels can lower. */
function errorInside({ values, sums, squares }: ValueBuckets): number {
  let error = 0;
  for (let i = 0; i < values.length; i++) error += Math.max(0, squares[i]! - values[i]! * sums[i]!);
  return error;
}

import { float32OfBits } from '../../core/numbers/floatBits.ts';
import { binEdge } from '../../core/stats/histogram.ts';

const PATTERNS = 65536;
/** The values of a pattern are not all in one place. */
const MIXED = -1;

/** Where values lie: 0 below the bins, 1.. in them, `count` + 1 above, `count` + 2 for what is not a number. */
class Bins {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Place of all values of a pattern (the upper half of their F32), or MIXED. */
  readonly places: Int32Array;
  readonly #edges: Float64Array;

  constructor(low: number, high: number, count: number) {
    this.low = low;
    this.high = high;
    this.count = count;
    this.#edges = Float64Array.from({ length: count + 1 }, (_, index) => binEdge(low, high, count, index));
    this.places = Int32Array.from({ length: PATTERNS }, (_, pattern) => {
      const place = this.placeOf(float32OfBits(pattern * PATTERNS));
      return place === this.placeOf(float32OfBits(pattern * PATTERNS + PATTERNS - 1)) ? place : MIXED;
    });
  }

  placeOf(value: number): number {
    const { low, high, count } = this;
    const edges = this.#edges;
    if (value < low) return 0;
    if (value > high) return count + 1;
    if (Number.isNaN(value)) return count + 2;
    if (low === high) return (count >> 1) + 1;
    let bin = Math.min(count - 1, Math.floor(((value - low) / (high - low)) * count));
    while (bin > 0 && value < edges[bin]!) bin--;
    while (bin < count - 1 && value >= edges[bin + 1]!) bin++;
    return bin + 1;
  }
}

/** Looking up patterns is worked out once for all items of a job: they ask for the same bins. */
let lastBins: Bins | null = null;

function binsOf(low: number, high: number, count: number): Bins {
  if (lastBins?.low !== low || lastBins.high !== high || lastBins.count !== count) {
    lastBins = new Bins(low, high, count);
  }
  return lastBins;
}

/**
 * Counts over the bins of core/stats/histogram.ts, for a great many values. A value's bin is looked up by its pattern; only
 * where the values of that pattern lie on both sides of an edge the edges are compared.
 */
export class BinCounts {
  readonly #bins: Bins;
  readonly #totals: Float64Array;
  /** Of one call: two, so that an addition need not wait for the one before. */
  readonly #even: Uint32Array;
  readonly #odd: Uint32Array;

  constructor(low: number, high: number, bins: number) {
    this.#bins = binsOf(low, high, bins);
    this.#totals = new Float64Array(bins + 3);
    this.#even = new Uint32Array(bins + 3);
    this.#odd = new Uint32Array(bins + 3);
  }

  get counts(): Float64Array {
    return this.#totals.slice(1, this.#bins.count + 1);
  }

  get below(): number {
    return this.#totals[0]!;
  }

  get above(): number {
    return this.#totals[this.#bins.count + 1]!;
  }

  /** @param words the bits of the values, fewer than 2^32 */
  add(values: Float32Array, words: Uint32Array): void {
    const bins = this.#bins;
    const { places } = bins;
    const even = this.#even;
    const odd = this.#odd;
    const paired = words.length & ~1;
    for (let i = 0; i < paired; i += 2) {
      const place = places[words[i]! >>> 16]!;
      const next = places[words[i + 1]! >>> 16]!;
      even[place === MIXED ? bins.placeOf(values[i]!) : place]!++;
      odd[next === MIXED ? bins.placeOf(values[i + 1]!) : next]!++;
    }
    if (paired < words.length) even[bins.placeOf(values[paired]!)]!++;
    for (let place = 0; place < even.length; place++) this.#totals[place]! += even[place]! + odd[place]!;
    even.fill(0);
    odd.fill(0);
  }
}

import { float32OfBits } from '../../core/numbers/floatBits.ts';
import { binEdge } from '../../core/stats/histogram.ts';

const PATTERNS = 65536;
/** The values of a pattern are not all in one place. */
const MIXED = -1;

/**
 * Counts over the bins of core/stats/histogram.ts, for a great many values. A value's bin is looked up by the upper half of
 * its F32; only where the values of that pattern lie on both sides of an edge the edges are compared.
 */
export class BinCounts {
  readonly #bins: number;
  readonly #edges: Float64Array;
  /** Place of each pattern: 0 below, 1.. the bins, bins + 1 above, bins + 2 not a number; or MIXED. */
  readonly #places: Int32Array;
  readonly #totals: Float64Array;
  /** Of one call: two, so that an addition need not wait for the one before. */
  readonly #even: Uint32Array;
  readonly #odd: Uint32Array;

  constructor(low: number, high: number, bins: number) {
    this.#bins = bins;
    this.#edges = Float64Array.from({ length: bins + 1 }, (_, index) => binEdge(low, high, bins, index));
    this.#totals = new Float64Array(bins + 3);
    this.#even = new Uint32Array(bins + 3);
    this.#odd = new Uint32Array(bins + 3);
    this.#places = Int32Array.from({ length: PATTERNS }, (_, pattern) => {
      const place = this.#placeOf(float32OfBits(pattern * PATTERNS));
      return place === this.#placeOf(float32OfBits(pattern * PATTERNS + PATTERNS - 1)) ? place : MIXED;
    });
  }

  get counts(): Float64Array {
    return this.#totals.slice(1, this.#bins + 1);
  }

  get below(): number {
    return this.#totals[0]!;
  }

  get above(): number {
    return this.#totals[this.#bins + 1]!;
  }

  /** @param words the bits of the values, fewer than 2^32 */
  add(values: Float32Array, words: Uint32Array): void {
    const places = this.#places;
    const even = this.#even;
    const odd = this.#odd;
    const paired = words.length & ~1;
    for (let i = 0; i < paired; i += 2) {
      const place = places[words[i]! >>> 16]!;
      const next = places[words[i + 1]! >>> 16]!;
      even[place === MIXED ? this.#placeOf(values[i]!) : place]!++;
      odd[next === MIXED ? this.#placeOf(values[i + 1]!) : next]!++;
    }
    if (paired < words.length) even[this.#placeOf(values[paired]!)]!++;
    for (let place = 0; place < even.length; place++) this.#totals[place]! += even[place]! + odd[place]!;
    even.fill(0);
    odd.fill(0);
  }

  #placeOf(value: number): number {
    const edges = this.#edges;
    const bins = this.#bins;
    const low = edges[0]!;
    const high = edges[bins]!;
    if (value < low) return 0;
    if (value > high) return bins + 1;
    if (Number.isNaN(value)) return bins + 2;
    if (low === high) return (bins >> 1) + 1;
    let bin = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    while (bin > 0 && value < edges[bin]!) bin--;
    while (bin < bins - 1 && value >= edges[bin + 1]!) bin++;
    return bin + 1;
  }
}

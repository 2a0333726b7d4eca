import { float32OfBits } from '../numbers/floatBits.ts';
import type { Histogram } from '../stats/histogram.ts';
import { WASSERSTEIN_BINS, wassersteinDistance } from './wassersteinDistance.ts';

/** What the error of one tensor is like beside its sums; null what was not looked at. */
export interface ErrorDetails {
  /** 99.9th percentile of |x-x'|. */
  readonly errorQuantile: number | null;
  readonly lowestSqnr: { readonly channel: number; readonly sqnrDb: number } | null;
  readonly largestBias: { readonly channel: number; readonly bias: number } | null;
  /** Weights per code, lowest code first. */
  readonly codeCounts: readonly number[] | null;
  readonly wasserstein: number | null;
  /** One codebook for the tensor: Σ(x - level)² of the best levels there are, not rounded. */
  readonly codebookBound?: number;
}

/** What a pass over a chunk of whole channels finds; adds up over the chunks of a tensor. */
export interface DetailCounts {
  /** Sparse: the upper 16 bits of |x-x'| in F32 that occur, ascending, and how often. */
  readonly patterns: Uint16Array;
  readonly patternCounts: Float64Array;
  /** Σx² / Σ(x-x')² of the channel where it is least; channels without energy or without error have none. */
  readonly lowestSqnr: { readonly channel: number; readonly ratio: number } | null;
  readonly largestBias: { readonly channel: number; readonly bias: number } | null;
  readonly codeCounts: Float64Array | null;
  /** Histograms of x and x' over WASSERSTEIN_BINS bins of one range. */
  readonly bins: {
    readonly low: number;
    readonly high: number;
    readonly original: Float64Array;
    readonly decoded: Float64Array;
  } | null;
}

const QUANTILE = 0.999;

/** Magnitudes counted by the upper 16 bits of their F32: those that occur, ascending. */
type Magnitudes = Pick<DetailCounts, 'patterns' | 'patternCounts'>;

/** Adds up what the chunks of a tensor found, in their order. */
export class DetailTotals {
  #magnitudes: Magnitudes = { patterns: new Uint16Array(0), patternCounts: new Float64Array(0) };
  #lowestSqnr: DetailCounts['lowestSqnr'] = null;
  #largestBias: DetailCounts['largestBias'] = null;
  #codeCounts: Float64Array | null = null;
  #bins: DetailCounts['bins'] = null;

  add(chunk: DetailCounts): this {
    this.#magnitudes = this.#magnitudes.patterns.length === 0 ? chunk : merged(this.#magnitudes, chunk);
    const { lowestSqnr, largestBias, bins } = chunk;
    // Of equals the first channel stays.
    if (lowestSqnr !== null && lowestSqnr.ratio < (this.#lowestSqnr?.ratio ?? Number.POSITIVE_INFINITY)) {
      this.#lowestSqnr = lowestSqnr;
    }
    const most = this.#largestBias;
    if (most === null || (largestBias !== null && Math.abs(largestBias.bias) > Math.abs(most.bias))) {
      this.#largestBias = largestBias;
    }
    this.#codeCounts = added(this.#codeCounts, chunk.codeCounts);
    if (bins !== null) {
      const original = added(this.#bins?.original ?? null, bins.original)!;
      this.#bins = { ...bins, original, decoded: added(this.#bins?.decoded ?? null, bins.decoded)! };
    }
    return this;
  }

  finish(): ErrorDetails {
    const lowest = this.#lowestSqnr;
    return {
      errorQuantile: quantileOf(this.#magnitudes, QUANTILE),
      lowestSqnr: lowest === null ? null : { channel: lowest.channel, sqnrDb: 10 * Math.log10(lowest.ratio) },
      largestBias: this.#largestBias,
      codeCounts: this.#codeCounts === null ? null : [...this.#codeCounts],
      wasserstein: this.#bins === null ? null : distanceOf(this.#bins),
    };
  }
}

function added(total: Float64Array | null, more: Float64Array | null): Float64Array | null {
  if (more === null) return total;
  return total === null ? more : total.map((count, i) => count + more[i]!);
}

function distanceOf({ low, high, original, decoded }: NonNullable<DetailCounts['bins']>): number | null {
  const histogram = (counts: Float64Array): Histogram => ({ low, high, counts, below: 0, above: 0 });
  return wassersteinDistance(histogram(original), histogram(decoded));
}

function merged(a: Magnitudes, b: Magnitudes): Magnitudes {
  const counts = new Map(Array.from(a.patterns, (pattern, i) => [pattern, a.patternCounts[i]!]));
  b.patterns.forEach((pattern, i) => {
    counts.set(pattern, (counts.get(pattern) ?? 0) + b.patternCounts[i]!);
  });
  const patterns = Uint16Array.from(counts.keys()).sort();
  return { patterns, patternCounts: Float64Array.from(patterns, (pattern) => counts.get(pattern)!) };
}

/** A quantile of magnitudes: linear inside a bucket, whose width is at most 2^-7 of its values. Null without counts. */
function quantileOf({ patterns, patternCounts }: Magnitudes, share: number): number | null {
  const total = patternCounts.reduce((sum, count) => sum + count, 0);
  const rank = share * (total - 1);
  let below = 0;
  for (let i = 0; i < patterns.length; i++) {
    const [pattern, count] = [patterns[i]!, patternCounts[i]!];
    if (below + count <= rank) {
      below += count;
      continue;
    }
    const low = float32OfBits(pattern * 65536);
    if (pattern === 0) return low;
    const high = float32OfBits((pattern + 1) * 65536);
    return low + (high - low) * Math.min(1, (rank - below + 0.5) / count);
  }
  return null;
}

/** Bins of the histograms of a chunk. */
export const DETAIL_BINS = WASSERSTEIN_BINS;

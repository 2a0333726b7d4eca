import { binEdge } from '../../core/stats/histogram.ts';
import type { DecodedHistogramItem, DecodedHistogramResult } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, type Tile } from '../tiles.ts';
import type { PassSink } from './passSink.ts';
import { passWithNonFinite } from './quantizeItem.ts';

/** Histograms of x and of x' over the same bins, by the pass that would encode. @throws Failure `tensor/non-finite`, `file/*` */
export async function histogramItem(scope: CallScope, item: DecodedHistogramItem): Promise<DecodedHistogramResult> {
  let sink = new HistogramSink(scope, item);
  // A pass that is done again with clamped weights counts from the start.
  await passWithNonFinite(scope, item, () => {
    sink = new HistogramSink(scope, item);
    return sink;
  });
  const { counts, below, above } = sink.decoded;
  return { item: item.item, counts, originalCounts: sink.original.counts, below, above };
}

class HistogramSink implements PassSink {
  readonly wantsDecoded = true;
  readonly original: BinCounts;
  readonly decoded: BinCounts;
  readonly #scope: CallScope;

  constructor(scope: CallScope, { low, high, bins }: DecodedHistogramItem) {
    this.#scope = scope;
    this.original = new BinCounts(low, high, bins);
    this.decoded = new BinCounts(low, high, bins);
  }

  placeCodes(): null {
    return null;
  }

  takeParameters(): void {}

  takeDecoded(tile: Tile, x: number, decoded: number): void {
    const n = elementsOf(tile);
    this.original.add(this.#scope.arena.floatsAt(x, n));
    this.decoded.add(this.#scope.arena.floatsAt(decoded, n));
  }
}

/** Counts over the bins of core/stats/histogram.ts, for a great many values. */
class BinCounts {
  readonly counts: Float64Array;
  below = 0;
  above = 0;
  readonly #edges: Float64Array;

  constructor(low: number, high: number, bins: number) {
    this.counts = new Float64Array(bins);
    this.#edges = Float64Array.from({ length: bins + 1 }, (_, index) => binEdge(low, high, bins, index));
  }

  add(values: Float32Array): void {
    const { counts } = this;
    const edges = this.#edges;
    const bins = counts.length;
    const low = edges[0]!;
    const high = edges[bins]!;
    const binsPerUnit = bins / (high - low);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value < low) this.below++;
      else if (value > high) this.above++;
      else if (low === high) counts[bins >> 1]! += 1;
      else if (value >= low) {
        let bin = Math.min(bins - 1, Math.floor((value - low) * binsPerUnit));
        while (bin > 0 && value < edges[bin]!) bin--;
        while (bin < bins - 1 && value >= edges[bin + 1]!) bin++;
        counts[bin]! += 1;
      }
    }
  }
}

import type { DecodedHistogramItem, DecodedHistogramResult } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, type Tile } from '../tiles.ts';
import { BinCounts } from './binCounts.ts';
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
  readonly wantsUnscaled = false;
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

  takeUnscaled(): void {}

  takeFraction(): void {}

  takePlanes(): void {}

  takeDecoded(tile: Tile, x: number, decoded: number): void {
    const n = elementsOf(tile);
    this.original.add(this.#scope.arena.floatsAt(x, n), this.#scope.arena.wordsAt(x, n));
    this.decoded.add(this.#scope.arena.floatsAt(decoded, n), this.#scope.arena.wordsAt(decoded, n));
  }
}

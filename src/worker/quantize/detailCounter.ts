import { DETAIL_BINS, type DetailCounts } from '../../core/metrics/errorDetails.ts';
import type { DetailsWanted } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, type Tile, type TilePlan } from '../tiles.ts';

const PATTERNS = 32768;
/** Tables that take turns in counting, see `Kernels.errorDetails` and `countBins`. */
const PATTERN_TABLES = 2;
const BIN_TABLES = 4;
const ROW_DOUBLES = 12;

/** Looks at x and x' beside the sums of a pass over whole channels, tile by tile in the order of the view. */
export class DetailCounter {
  readonly #scope: CallScope;
  readonly #inputs: number;
  readonly #range: DetailsWanted['range'];
  readonly #rowSums: number;
  readonly #patterns: number;
  readonly #original: number;
  readonly #decoded: number;
  #lowestSqnr: DetailCounts['lowestSqnr'] = null;
  #largestBias: DetailCounts['largestBias'] = null;

  constructor(scope: CallScope, { range }: DetailsWanted, inputs: number, plan: TilePlan) {
    this.#scope = scope;
    this.#inputs = inputs;
    this.#range = range !== null && hasBins(range) ? range : null;
    this.#rowSums = takeZeros(scope, 8 * ROW_DOUBLES * plan.rows);
    this.#patterns = takeZeros(scope, 4 * PATTERN_TABLES * PATTERNS);
    this.#original = this.#range === null ? 0 : takeZeros(scope, 4 * BIN_TABLES * DETAIL_BINS);
    this.#decoded = this.#range === null ? 0 : takeZeros(scope, 4 * BIN_TABLES * DETAIL_BINS);
  }

  add(tile: Tile, x: number, decoded: number): void {
    const { kernels } = this.#scope;
    kernels.errorDetails(x, decoded, tile.rows, tile.columns, this.#rowSums, this.#patterns);
    if (this.#range !== null) {
      const { low, high } = this.#range;
      const n = elementsOf(tile);
      kernels.countBins(x, n, low, high, DETAIL_BINS, this.#original);
      kernels.countBins(decoded, n, low, high, DETAIL_BINS, this.#decoded);
    }
    if (tile.column + tile.columns === this.#inputs) this.#closeRows(tile);
  }

  /** @param codeCounts of the codes, where they were counted */
  finish(codeCounts: Float64Array | null): DetailCounts {
    const { arena } = this.#scope;
    const bins =
      this.#range === null
        ? null
        : {
            ...this.#range,
            original: totalOf(arena.wordsAt(this.#original, BIN_TABLES * DETAIL_BINS), DETAIL_BINS),
            decoded: totalOf(arena.wordsAt(this.#decoded, BIN_TABLES * DETAIL_BINS), DETAIL_BINS),
          };
    return {
      ...occurring(arena.wordsAt(this.#patterns, PATTERN_TABLES * PATTERNS)),
      lowestSqnr: this.#lowestSqnr,
      largestBias: this.#largestBias,
      codeCounts,
      bins,
    };
  }

  #closeRows({ row, rows }: Tile): void {
    const sums = this.#scope.arena.doublesAt(this.#rowSums, ROW_DOUBLES * rows);
    for (let i = 0; i < rows; i++) {
      const fold = (sum: number): number => {
        const first = ROW_DOUBLES * i + 4 * sum;
        return sums[first]! + sums[first + 1]! + (sums[first + 2]! + sums[first + 3]!);
      };
      this.#closeChannel(row + i, fold(0), fold(1), fold(2));
    }
    sums.fill(0);
  }

  #closeChannel(channel: number, squaredError: number, energy: number, signedError: number): void {
    const ratio = energy / squaredError;
    const isLower = squaredError > 0 && energy > 0 && ratio < (this.#lowestSqnr?.ratio ?? Number.POSITIVE_INFINITY);
    if (isLower) this.#lowestSqnr = { channel, ratio };
    const bias = signedError / this.#inputs;
    if (this.#largestBias === null || Math.abs(bias) > Math.abs(this.#largestBias.bias)) {
      this.#largestBias = { channel, bias };
    }
  }
}

/** One value has no bins, nor has a range whose bins single precision cannot tell apart. */
function hasBins({ low, high }: NonNullable<DetailsWanted['range']>): boolean {
  const width = Math.fround(high - low);
  return width > 0 && Number.isFinite(width) && Number.isFinite(Math.fround(DETAIL_BINS / width));
}

/** Tables that were counted in turn, added up. */
function totalOf(tables: Uint32Array, length: number): Float64Array {
  const total = new Float64Array(length);
  for (let start = 0; start < tables.length; start += length) {
    for (let i = 0; i < length; i++) total[i]! += tables[start + i]!;
  }
  return total;
}

/** Room for what `occurring` finds: a tensor of a few thousand weights is not worth an allocation of all patterns. */
const foundPatterns = new Uint16Array(PATTERNS);
const foundCounts = new Float64Array(PATTERNS);

/** The patterns that occur in either table, ascending, and how often. */
function occurring(tables: Uint32Array): Pick<DetailCounts, 'patterns' | 'patternCounts'> {
  let found = 0;
  for (let pattern = 0; pattern < PATTERNS; pattern++) {
    const count = tables[pattern]! + tables[PATTERNS + pattern]!;
    if (count === 0) continue;
    foundPatterns[found] = pattern;
    foundCounts[found++] = count;
  }
  return { patterns: foundPatterns.slice(0, found), patternCounts: foundCounts.slice(0, found) };
}

function takeZeros(scope: CallScope, bytes: number): number {
  const pointer = scope.arena.take(bytes);
  scope.arena.bytesAt(pointer, bytes).fill(0);
  return pointer;
}

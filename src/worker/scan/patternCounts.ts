import { type Dtype, dtypeBits } from 'safetensors-js';
import type { TableKind, ValueTable } from '../../core/stats/summary.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import type { Arena } from '../arena.ts';
import { smallTable } from './smallTable.ts';

const PATTERNS = 65536;
/** Counts are U32: they are taken over before one of them can overflow. */
const MOST_COUNTED = 2 ** 31;
/** Up to here sorting the patterns is faster than looking through 65,536 counts. */
const SMALL_ELEMENTS = 2048;

/** Counts bit patterns, one table after the other: dense counts in kernel memory, kept at zero between tables. */
export class PatternCounts {
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #counts: number;
  /** What a table is gathered in. */
  readonly #patterns = new Uint16Array(PATTERNS);
  readonly #sparse = new Float64Array(PATTERNS);
  readonly #spare = new Uint16Array(SMALL_ELEMENTS);
  /** True while the patterns of a small table are listed in #patterns. */
  #isSmall = false;
  #counted = 0;
  /** Counts of elements before the last MOST_COUNTED ones: huge tensors only. */
  #earlier: Float64Array | null = null;

  /** Keeps 256 KB of the arena. */
  constructor(kernels: Kernels, arena: Arena) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.#counts = arena.keep(4 * PATTERNS);
    arena.bytesAt(this.#counts, 4 * PATTERNS).fill(0);
  }

  /** Starts a table of `elements` elements at most. What a failed call left behind is forgotten. */
  begin(elements: number): void {
    if (this.#counted > 0 && !this.#isSmall) this.#takeCounts().fill(0);
    this.#isSmall = elements <= SMALL_ELEMENTS;
    this.#counted = 0;
    this.#earlier = null;
  }

  /** Counts `n` elements as `Kernels.countPatterns` does. */
  add(dtype: Dtype, source: number, n: number): void {
    if (this.#isSmall) this.#list(dtype, source, n);
    else {
      if (this.#counted + n > MOST_COUNTED) this.#moveToEarlier();
      this.#kernels.countPatterns(dtype, source, n, this.#counts);
    }
    this.#counted += n;
  }

  /** The table of all that was added. */
  takeTable(kind: TableKind): ValueTable {
    const few = this.#patterns.subarray(0, this.#counted);
    const table = this.#isSmall ? smallTable(kind, few, this.#spare) : this.#gather(kind);
    this.#counted = 0;
    return table;
  }

  #list(dtype: Dtype, source: number, n: number): void {
    const { bytes } = this.#arena;
    const step = dtypeBits(dtype) / 8;
    for (let i = 0; i < n; i++) {
      const last = source + (i + 1) * step - 1;
      this.#patterns[this.#counted + i] = step === 1 ? bytes[last]! : bytes[last]! * 256 + bytes[last - 1]!;
    }
  }

  #gather(kind: TableKind): ValueTable {
    const earlier = this.#earlier;
    if (earlier !== null) this.#moveToEarlier();
    const distinct = earlier === null ? this.#gatherWords() : this.#gatherSums(earlier);
    return { kind, patterns: this.#patterns.slice(0, distinct), counts: this.#sparse.slice(0, distinct) };
  }

  /** Most patterns do not occur: they are passed over four counts at a time. @returns how many do occur */
  #gatherWords(): number {
    const counts = this.#takeCounts();
    let distinct = 0;
    for (let first = 0; first < PATTERNS; first += 4) {
      if ((counts[first]! | counts[first + 1]! | counts[first + 2]! | counts[first + 3]!) === 0) continue;
      for (let pattern = first; pattern < first + 4; pattern++) {
        const count = counts[pattern]!;
        if (count === 0) continue;
        this.#patterns[distinct] = pattern;
        this.#sparse[distinct++] = count;
        counts[pattern] = 0;
      }
    }
    return distinct;
  }

  #gatherSums(sums: Float64Array): number {
    let distinct = 0;
    for (let pattern = 0; pattern < PATTERNS; pattern++) {
      if (sums[pattern] === 0) continue;
      this.#patterns[distinct] = pattern;
      this.#sparse[distinct++] = sums[pattern]!;
    }
    return distinct;
  }

  #takeCounts(): Uint32Array {
    this.#kernels.finishCounts(this.#counts);
    return this.#arena.wordsAt(this.#counts, PATTERNS);
  }

  #moveToEarlier(): void {
    const counts = this.#takeCounts();
    this.#earlier ??= new Float64Array(PATTERNS);
    for (let pattern = 0; pattern < PATTERNS; pattern++) this.#earlier[pattern]! += counts[pattern]!;
    counts.fill(0);
    this.#counted = 0;
  }
}

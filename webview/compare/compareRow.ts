import type { Figures } from '../../src/core/metrics/figures.ts';
import { isDominated, type RatePoint } from '../../src/core/metrics/paretoFront.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';

/** One quantizer in the comparison, with what is known of its error on the subject. */
export interface CompareRow {
  /** `A` is the quantizer of the bar. */
  readonly letter: string;
  /** Null for a recipe's quantizer, of which only the words are known. */
  readonly spec: QuantizerSpec | null;
  readonly name: string;
  readonly detail: string;
  readonly figures: Figures | null;
  readonly bitsPerWeight: number | null;
  readonly isEstimate: boolean;
  /** True where the figures are of the quantizer before. */
  readonly isOld: boolean;
  /** Why there are no figures and will be none. */
  readonly problem: string | null;
}

export type CompareColumn = 'name' | 'bits' | 'mse' | 'sqnr' | 'max-error' | 'cosine';

export interface CompareSort {
  readonly column: CompareColumn;
  readonly descending: boolean;
}

/** The figure of a column; null where it is not known. An exact result has the best SQNR of all. */
export function compareValue({ figures, bitsPerWeight }: CompareRow, column: CompareColumn): number | null {
  switch (column) {
    case 'bits':
      return bitsPerWeight;
    case 'mse':
      return figures?.meanSquaredError ?? null;
    case 'sqnr':
      return figures?.exact ? Number.POSITIVE_INFINITY : (figures?.sqnrDb ?? null);
    case 'max-error':
      return figures?.maxError ?? null;
    case 'cosine':
      return figures?.cosine ?? null;
    case 'name':
      return null;
  }
}

/** Rows by a column, those without a figure last; without a sort in the order of their letters. */
export function sortRows(rows: readonly CompareRow[], sort: CompareSort | null): CompareRow[] {
  if (!sort) return [...rows];
  const sign = sort.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    if (sort.column === 'name') return sign * `${a.name} ${a.detail}`.localeCompare(`${b.name} ${b.detail}`);
    const [left, right] = [compareValue(a, sort.column), compareValue(b, sort.column)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return left === right ? 0 : sign * (left < right ? -1 : 1);
  });
}

/** The better end of a column first. */
export function firstCompareSort(column: CompareColumn): CompareSort {
  return { column, descending: column === 'sqnr' || column === 'cosine' };
}

/** The letter of a row by its place: A to Z, then AA, AB, … */
export function letterOf(at: number): string {
  const last = String.fromCharCode('A'.charCodeAt(0) + (at % 26));
  return at < 26 ? last : letterOf(Math.floor(at / 26) - 1) + last;
}

export type ComparePlace = 'front' | 'dominated' | null;

/** Where each row stands among the others; null without both figures. A result without error has a place, too. */
export function placesOf(rows: readonly CompareRow[]): ComparePlace[] {
  const points = rows.map(ratePointOf);
  const known = points.filter((each) => each !== null);
  return points.map((point) => point && (isDominated(point, known) ? 'dominated' : 'front'));
}

function ratePointOf(row: CompareRow): RatePoint | null {
  const sqnrDb = compareValue(row, 'sqnr');
  return row.bitsPerWeight === null || sqnrDb === null ? null : { bits: row.bitsPerWeight, sqnrDb };
}

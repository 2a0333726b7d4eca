import type { MeasureText } from '../../elements/textWidth.ts';
import { type StringKey, t } from '../../strings.ts';
import type { MetricId } from '../metrics.ts';

export type ColumnId =
  | 'name'
  | 'shape'
  | 'dtype'
  | 'size'
  | 'histogram'
  | 'sqnr'
  | 'max-error'
  | 'bits'
  | 'max-over-sigma'
  | 'kurtosis';

export interface Column {
  readonly id: ColumnId;
  readonly title: StringKey;
  /** Widest usual content: the column is as wide as this or its title in the editor's font. */
  readonly sample: string;
  readonly isNumber: boolean;
  /** Null: cannot be sorted. */
  readonly sortsBy: MetricId | 'name' | 'elements' | 'dtype' | null;
  /** The order in which columns leave when the table gets narrow; null stays. */
  readonly leaves: number | null;
}

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'table.name', sample: '', isNumber: false, sortsBy: 'name', leaves: null },
  { id: 'shape', title: 'table.shape', sample: '3072 × 3072', isNumber: true, sortsBy: 'elements', leaves: 2 },
  { id: 'dtype', title: 'table.dtype', sample: 'BOOL', isNumber: false, sortsBy: 'dtype', leaves: 1 },
  { id: 'size', title: 'table.size', sample: '261.7 MB', isNumber: true, sortsBy: 'size', leaves: 5 },
  { id: 'histogram', title: 'table.histogram', sample: '', isNumber: false, sortsBy: null, leaves: null },
  { id: 'sqnr', title: 'table.sqnr', sample: '19.64', isNumber: true, sortsBy: 'sqnr', leaves: null },
  { id: 'max-error', title: 'table.max-error', sample: '0.475', isNumber: true, sortsBy: 'max-error', leaves: 4 },
  { id: 'bits', title: 'table.bits', sample: '16.00', isNumber: true, sortsBy: 'bits', leaves: 3 },
];

/** Columns of metrics that only the scan gives: shown while the map is coloured by them. */
const SCAN_COLUMNS: readonly Column[] = [
  {
    id: 'max-over-sigma',
    title: 'table.max-over-sigma',
    sample: '57.4',
    isNumber: true,
    sortsBy: 'max-over-sigma',
    leaves: null,
  },
  { id: 'kurtosis', title: 'table.kurtosis', sample: '18.1', isNumber: true, sortsBy: 'kurtosis', leaves: null },
];

/** Width of the sparklines. */
const HISTOGRAM_WIDTH = 84;
/** Names wider than this are cut, whatever room other columns take. */
const WIDEST_NAME = 210;
const COLUMN_GAP = 12;
/** Padding of a row, and its scroll bar. */
const ROW_EDGES = 36;
/** The arrow of a sorted column. */
const ARROW_WIDTH = 16;

export interface ColumnLayout {
  readonly columns: readonly Column[];
  /** `grid-template-columns` of header and rows. */
  readonly template: string;
}

/** The columns that fit into `width` px beside names of `nameWidth` px, the least wanted left out first. */
export function layOutColumns(
  width: number,
  nameWidth: number,
  colourBy: MetricId,
  sortedBy: string | null,
  measure: MeasureText,
): ColumnLayout {
  const all = [...COLUMNS, ...SCAN_COLUMNS.filter((column) => column.id === colourBy)];
  const widths = new Map(all.map((column) => [column, columnWidth(column, column.id === sortedBy, measure)]));
  const total = (columns: readonly Column[]): number =>
    columns.reduce(
      (sum, column) => sum + (widths.get(column) ?? 0) + COLUMN_GAP,
      ROW_EDGES + Math.min(nameWidth, WIDEST_NAME),
    );
  const leaving = all.filter((column) => column.leaves !== null).sort((a, b) => (a.leaves ?? 0) - (b.leaves ?? 0));
  let columns: readonly Column[] = all;
  for (const column of leaving) {
    if (total(columns) <= width) break;
    columns = columns.filter((entry) => entry !== column);
  }
  const parts = columns.map((column) => (column.id === 'name' ? 'minmax(0, 1fr)' : `${widths.get(column)}px`));
  return { columns, template: parts.join(' ') };
}

function columnWidth(column: Column, isSorted: boolean, measure: MeasureText): number {
  if (column.id === 'name') return 0;
  if (column.id === 'histogram') return HISTOGRAM_WIDTH;
  return Math.ceil(Math.max(measure(column.sample), measure(t(column.title)) + (isSorted ? ARROW_WIDTH : 0)));
}

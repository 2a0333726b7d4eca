import type { StringKey } from '../../strings.ts';
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
  /** Width in px at a font size of 13 px; `name` takes what is left. */
  readonly width: number;
  readonly isNumber: boolean;
  /** Null: cannot be sorted. */
  readonly sortsBy: MetricId | 'name' | 'elements' | 'dtype' | null;
  /** The order in which columns leave when the table gets narrow; null stays. */
  readonly leaves: number | null;
}

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'table.name', width: 0, isNumber: false, sortsBy: 'name', leaves: null },
  { id: 'shape', title: 'table.shape', width: 104, isNumber: true, sortsBy: 'elements', leaves: 2 },
  { id: 'dtype', title: 'table.dtype', width: 48, isNumber: false, sortsBy: 'dtype', leaves: 1 },
  { id: 'size', title: 'table.size', width: 68, isNumber: true, sortsBy: 'size', leaves: 5 },
  { id: 'histogram', title: 'table.histogram', width: 96, isNumber: false, sortsBy: null, leaves: null },
  { id: 'sqnr', title: 'table.sqnr', width: 72, isNumber: true, sortsBy: 'sqnr', leaves: null },
  { id: 'max-error', title: 'table.max-error', width: 68, isNumber: true, sortsBy: 'max-error', leaves: 4 },
  { id: 'bits', title: 'table.bits', width: 54, isNumber: true, sortsBy: 'bits', leaves: 3 },
];

/** Columns of metrics that only the scan gives: shown while the map is coloured by them. */
const SCAN_COLUMNS: readonly Column[] = [
  {
    id: 'max-over-sigma',
    title: 'table.max-over-sigma',
    width: 60,
    isNumber: true,
    sortsBy: 'max-over-sigma',
    leaves: null,
  },
  { id: 'kurtosis', title: 'table.kurtosis', width: 64, isNumber: true, sortsBy: 'kurtosis', leaves: null },
];

/** Narrower than this the names say too little. */
const LEAST_NAME_WIDTH = 130;
const COLUMN_GAP = 12;

/** The columns that fit into `width` px, the least wanted left out first. */
export function columnsFor(width: number, colourBy: MetricId): readonly Column[] {
  const all = [...COLUMNS, ...SCAN_COLUMNS.filter((column) => column.id === colourBy)];
  const leaving = all.filter((column) => column.leaves !== null).sort((a, b) => (a.leaves ?? 0) - (b.leaves ?? 0));
  let shown = all;
  for (const column of leaving) {
    if (widthOf(shown) <= width) break;
    shown = shown.filter((entry) => entry !== column);
  }
  return shown;
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + column.width + COLUMN_GAP, LEAST_NAME_WIDTH);
}

/** `grid-template-columns` of header and rows. */
export function templateOf(columns: readonly Column[]): string {
  return columns.map((column) => (column.id === 'name' ? 'minmax(0, 1fr)' : `${column.width}px`)).join(' ');
}

import { plainNumber } from '../../../src/core/text/plainNumber.ts';
import type { Store } from '../../store.ts';
import { tensorValue } from '../metrics.ts';
import type { ListedTensor } from './listed.ts';

const HEAD = [
  'name',
  'shape',
  'dtype',
  'stored_bytes',
  'sqnr_db',
  'mean_squared_error',
  'max_error',
  'bits_per_weight',
  'max_over_sigma',
  'kurtosis',
];

/** Rows as tab-separated values: full names, unrounded figures in plain C form, nothing for what is missing. */
export function rowsAsText(store: Store, rows: readonly ListedTensor[]): string {
  const lines = rows.map((entry) => fieldsOf(store, entry).join('\t'));
  return `${[HEAD.join('\t'), ...lines].join('\n')}\n`;
}

function fieldsOf(store: Store, { name, row }: ListedTensor): string[] {
  if (!row) return [name, ...HEAD.slice(1).map(() => '')];
  const figures = store.measure.view.get().figures.get(name)?.figures;
  const number = (id: Parameters<typeof tensorValue>[1]): string => plainNumber(tensorValue(store, id, name).value);
  const sqnr = figures?.exact ? 'exact' : number('sqnr');
  return [
    name,
    row.shape.join('x'),
    row.dtype,
    number('size'),
    sqnr,
    plainNumber(figures?.meanSquaredError ?? null),
    number('max-error'),
    number('bits'),
    number('max-over-sigma'),
    number('kurtosis'),
  ];
}

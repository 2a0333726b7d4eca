import { describeQuantizer } from '../../../src/core/quantizers/describeQuantizer.ts';
import { plainNumber } from '../../../src/core/text/plainNumber.ts';
import type { Store } from '../../store.ts';
import { quantizerOf } from '../subject/chosenQuantizer.ts';
import type { CompareRow } from './compareRow.ts';

const HEAD = ['tensor', 'quantizer', 'bits_per_weight', 'mean_squared_error', 'sqnr_db', 'max_error', 'cosine'];

/** The comparison as tab-separated values: unrounded figures in plain C form, nothing for what is missing. */
export function compareAsText(store: Store, tensor: string, rows: readonly CompareRow[]): string {
  const lines = rows.map(({ spec, name, figures, bitsPerWeight }) =>
    [
      tensor,
      spec ? describeQuantizer(quantizerOf(store, spec)) : name,
      plainNumber(bitsPerWeight),
      plainNumber(figures?.meanSquaredError ?? null),
      figures?.exact ? 'exact' : plainNumber(figures?.sqnrDb ?? null),
      plainNumber(figures?.maxError ?? null),
      plainNumber(figures?.cosine ?? null),
    ].join('\t'),
  );
  return `${[HEAD.join('\t'), ...lines].join('\n')}\n`;
}

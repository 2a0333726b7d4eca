import type { Figures } from '../../src/core/metrics/figures.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import type { Dispose } from '../cell.ts';
import type { CompareRow } from './compareRow.ts';

/** What quantizers are compared on: the open tensor, or the whole model. */
export interface CompareSubject {
  /** The subject's name; null: there is none. Figures of another are forgotten. */
  id(): string | null;
  /** `none`: nothing to compare; `when-asked`: a comparison is long and starts only when asked. */
  readiness(): 'none' | 'when-asked' | 'ready';
  /** Row A: the quantizer of the bar and what is known of it. */
  current(): Pick<CompareRow, 'figures' | 'bitsPerWeight' | 'isEstimate' | 'isOld'>;
  /** Words for row A where a recipe gives the plan. */
  recipeWords(): string;
  /** True where row A must be measured as the others are. */
  needsCurrent(): boolean;
  /** @returns null where the measurement was stopped. @throws Failure */
  measure(spec: QuantizerSpec): Promise<MeasuredRow | null>;
  /** Stops the measurement in progress. */
  stop(): void;
  /** How far the measurement in progress is. */
  progress(): { readonly done: number; readonly total: number } | null;
  /** Calls `onChange` whenever an answer above may differ. */
  follow(onChange: () => void): Dispose;
}

export interface MeasuredRow {
  readonly figures: Figures;
  readonly bitsPerWeight: number;
}

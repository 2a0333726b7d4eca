import { figuresOf, sqnrDb } from '../../../src/core/metrics/deriveFigures.ts';
import type { Figures } from '../../../src/core/metrics/figures.ts';
import type { Quantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { ValueSearch } from '../../../src/core/search/searchValues.ts';
import type { InstantFigures, Levels } from '../../../src/core/stats/instantFigures.ts';
import type { BinnedCounts } from '../../charts/histogram.ts';
import type { TensorSize } from '../../quantizer/sizeOf.ts';

/** What the quantizer of the bar does to the open tensor. */
export interface WhatIf {
  /** `none`: nothing to ask (packed, not floating, empty); `instant`: from the value table; `pass`: from the data. */
  readonly source: 'none' | 'instant' | 'pass';
  /** True while a pass for the present quantizer is due or running. */
  readonly isPending: boolean;
  /** Null with a recipe file, whose quantizer the page does not know, and for source `none`. */
  readonly quantizer: Quantizer | null;
  /** Of the present quantizer, or of the one before while `isOld`. */
  readonly figures: Figures | null;
  readonly isOld: boolean;
  /** True where figures come from intervals: shown with ≈. */
  readonly isEstimate: boolean;
  /** Levels with their weights, where the table can tell; else `decoded` by the host. */
  readonly levels: Levels | null;
  /** What the quantizer found for the whole tensor; null where the table does not tell. */
  readonly search: ValueSearch | null;
  /** SQNR in dB that no codebook of as many levels exceeds; null for other quantizers, and where the table does not tell. */
  readonly boundDb: number | null;
  readonly decoded: BinnedCounts | null;
  readonly size: TensorSize | null;
  /** Why the plan keeps the tensor, so that figures are a mere what-if. */
  readonly kept: string | null;
  readonly error: string | null;
}

/** Nothing to ask. */
export const NOTHING: WhatIf = {
  source: 'none',
  isPending: false,
  quantizer: null,
  figures: null,
  isOld: false,
  isEstimate: false,
  levels: null,
  search: null,
  boundDb: null,
  decoded: null,
  size: null,
  kept: null,
  error: null,
};

/** The part of a table's answer that takes long enough to be felt while typing: searching the optimal codebook, up to a second. */
export function longPartOf(quantizer: Quantizer): 'none' | 'bound' | 'all' {
  if (quantizer.family !== 'codebook' || quantizer.unit !== 'tensor' || quantizer.codebook.kind !== 'searched')
    return 'none';
  return quantizer.codebook.method === 'optimal' ? 'all' : 'bound';
}

/** What the view shows of the table's answer. */
export function instantPart(instant: InstantFigures): Partial<WhatIf> {
  const { sums, levels, estimated, search } = instant;
  const boundDb = boundOf(instant);
  return { source: 'instant', figures: figuresOf(sums), isEstimate: estimated, levels, search, boundDb };
}

/** The SQNR that no codebook of as many levels exceeds; null where it is not known. */
export function boundOf(instant: InstantFigures | null): number | null {
  if (instant === null || instant.bound === null) return null;
  return sqnrDb({ ...instant.sums, squaredError: instant.bound });
}

import type { ShownRange } from '../../charts/shownRange.ts';
import type { Store } from '../../store.ts';
import type { OpenTensor } from '../subject/openTensor.ts';
import type { WhatIf } from '../subject/whatIfView.ts';
import { type ClipEnds, clipEndsOf } from './clipEnds.ts';

/** What the clip handles stand on. */
export interface ClipView {
  readonly ends: ClipEnds;
  readonly range: ShownRange;
  readonly bins: number;
  readonly isEstimate: boolean;
}

/** @returns null where there is nothing to clip: other quantizers, a recipe's plan, no table */
export function clipViewOf(
  store: Store,
  { table, summary }: OpenTensor,
  { quantizer, search, isEstimate }: WhatIf,
  range: ShownRange | null,
): ClipView | null {
  if (!table || !summary || !range || store.recipeFile !== null) return null;
  const ends = clipEndsOf(table, summary, quantizer, search);
  return ends && { ends, range, bins: store.choices.get().bins, isEstimate };
}

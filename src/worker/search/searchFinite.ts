import type { SearchItem } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { findNonFinite, refuseNonFinite } from '../nonFinite.ts';

/**
 * A search as if all weights were finite. Only where what it found says otherwise the item is refused, or searched again
 * with clamped weights.
 * @param search gets what infinities are clamped to, null where all weights are taken to be finite
 * @throws Failure `tensor/non-finite`, and what the search throws
 */
export async function searchFinite<Found>(
  scope: CallScope,
  { source, nonFinite: wanted }: Pick<SearchItem, 'source' | 'nonFinite'>,
  search: (largest: number | null) => Promise<Found>,
  isClean: (found: Found) => boolean,
): Promise<Found> {
  const found = await search(null);
  if (isClean(found)) return found;
  const nonFinite = await findNonFinite(scope, source);
  if (nonFinite === null) return found;
  if (wanted === 'refuse') refuseNonFinite(source, nonFinite);
  return search(nonFinite.largest);
}

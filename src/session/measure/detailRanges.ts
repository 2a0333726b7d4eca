import type { ModelTensor } from '../../core/model/model.ts';
import type { TensorSearch } from '../../core/quantizers/tensorSearch.ts';
import { exactSummary, type SessionContext } from '../sessionContext.ts';
import type { DetailRanges } from './quantizeJob.ts';
import { measureRanges, type SearchJob } from './searchesOf.ts';

/** From the scan where it is exact, else by a pass. */
export async function detailRangesOf(
  context: SessionContext,
  works: readonly { readonly tensor: ModelTensor }[],
  job: Pick<SearchJob, 'meter' | 'stop' | 'urgent'>,
): Promise<DetailRanges> {
  const ranges = new Map<string, { low: number; high: number }>();
  const unknown: { readonly tensor: ModelTensor }[] = [];
  for (const { tensor } of works) {
    if (tensor.elements === 0) continue;
    const summary = exactSummary(context, tensor.name);
    const isKnown = summary !== null && summary.min !== null && summary.max !== null;
    if (isKnown) ranges.set(tensor.name, { low: summary.min!, high: summary.max! });
    else unknown.push({ tensor });
  }
  if (unknown.length > 0) {
    const found = new Map<string, TensorSearch>();
    await measureRanges(context, { ...job, work: [], nonFinite: 'clamp' }, unknown, found);
    for (const [name, range] of found) {
      if (range.kind === 'range') ranges.set(name, { low: range.min, high: range.max });
    }
  }
  return ranges;
}

import type { RangeRule } from '../../core/quantizers/quantizer.ts';
import type { RangeResult } from '../../protocol/worker.ts';
import { exactSummary, type SessionContext } from '../sessionContext.ts';
import { chunksOfTensors, inReadingOrder } from '../work/batches.ts';
import { ChunkFolder } from '../work/chunkFolder.ts';
import { runBatches } from '../work/runBatches.ts';
import type { QuantizeJob, QuantizeWork } from './quantizeTensors.ts';

type RangesJob = Pick<QuantizeJob, 'work' | 'meter' | 'stop' | 'urgent'>;

/** Ranges of the tensors that have one scale for all their weights: from the scan where it is exact, else by a pass. */
export async function rangesOf(context: SessionContext, job: RangesJob): Promise<ReadonlyMap<string, RangeResult>> {
  const ranges = new Map<string, RangeResult>();
  const unknown: QuantizeWork[] = [];
  for (const work of job.work) {
    const { quantizer, tensor } = work;
    if (quantizer?.family !== 'affine' || quantizer.unit !== 'tensor' || tensor.elements === 0) continue;
    const known = rangeFromScan(context, tensor.name, quantizer.range);
    if (known === null) unknown.push(work);
    else ranges.set(tensor.name, known);
  }
  if (unknown.length > 0) await measureRanges(context, job, unknown, ranges);
  return ranges;
}

/** Extremes of a scan are exact for every dtype; which of two equal magnitudes comes first only a pass can tell. */
function rangeFromScan(context: SessionContext, name: string, rule: RangeRule): RangeResult | null {
  const summary = exactSummary(context, name);
  if (summary === null || summary.min === null || summary.max === null) return null;
  // Values that are not finite are refused or clamped by the worker, which then defines the range.
  if (summary.nans > 0 || summary.infinities > 0) return null;
  const { min, max } = summary;
  if (rule === 'signed-extreme' && max === -min && max !== 0) return null;
  return { item: 0, min, max, signedExtreme: -min > max ? min : max };
}

async function measureRanges(
  context: SessionContext,
  job: RangesJob,
  unknown: readonly QuantizeWork[],
  ranges: Map<string, RangeResult>,
): Promise<void> {
  const chunks = chunksOfTensors(inReadingOrder(unknown.map(({ tensor }) => tensor)));
  const folder = new ChunkFolder<RangeResult, RangeResult | null>(() => null, mergeRanges);
  // Its bytes come on top of the pass that quantizes.
  job.meter.extend(
    chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
    0,
  );
  await runBatches(context.pool, {
    kind: 'tensor/range',
    chunks,
    itemOf: ({ tensor, rows }, item) => ({ item, source: tensor.source, rows }),
    onResult: (chunk, result) => {
      const range = folder.add(chunk, result);
      if (range !== null) ranges.set(chunk.tensor.name, range);
    },
    meter: job.meter,
    stop: job.stop,
    urgent: job.urgent ?? false,
  });
}

/** `b` follows `a`: of equal magnitudes the first one counts. */
export function mergeRanges(a: RangeResult | null, b: RangeResult): RangeResult {
  if (a === null) return b;
  return {
    item: a.item,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    signedExtreme: Math.abs(b.signedExtreme) > Math.abs(a.signedExtreme) ? b.signedExtreme : a.signedExtreme,
  };
}

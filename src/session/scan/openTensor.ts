import { Failure } from '../../core/failure.ts';
import type { ModelTensor } from '../../core/model/model.ts';
import { summaryOf } from '../../core/stats/summaryOf.ts';
import type { JobHooks, TensorDetail } from '../api.ts';
import { chunksOfTensors } from '../batching/batches.ts';
import { ChunkFolder } from '../batching/chunkFolder.ts';
import { ProgressMeter } from '../batching/progressMeter.ts';
import { runBatches } from '../batching/runBatches.ts';
import { exactSummary, type SessionContext } from '../sessionContext.ts';
import { isReadable } from './scanner.ts';
import { joinFloats, type ScanTotals, scanFolder } from './scanTotals.ts';

/**
 * Summary, value table and channel ranges of a tensor, from memory where they are still known, else by one pass.
 * @throws Failure `format/unreadable` for a dtype that no kernel decodes
 */
export async function openTensor(context: SessionContext, tensor: ModelTensor, hooks: JobHooks): Promise<TensorDetail> {
  assertReadable(tensor);
  const { name } = tensor;
  const known = {
    summary: exactSummary(context, name),
    table: context.tables.get(name),
    channels: context.channels.get(name),
  };
  if (tensor.elements === 0)
    return { summary: known.summary ?? summaryOf(name, null, null), table: null, channels: null };
  const needsTable = known.summary === null || known.table === null;
  if (!needsTable && known.channels !== null) return { ...known, summary: known.summary! };

  const found = await scanTensor(context, tensor, { table: needsTable, channels: known.channels === null }, hooks);
  const summary = needsTable ? summaryOf(name, found.table, found.moments) : known.summary!;
  const table = needsTable ? found.table : known.table;
  const channels = known.channels ?? found.channels;
  if (needsTable) context.remember(summary, table);
  if (channels !== null) context.channels.set(name, channels);
  return { summary, table, channels };
}

async function scanTensor(
  context: SessionContext,
  tensor: ModelTensor,
  wanted: { readonly table: boolean; readonly channels: boolean },
  hooks: JobHooks,
): Promise<ScanTotals> {
  const folder = scanFolder();
  let totals: ScanTotals | null = null;
  await runBatches(context.pool, {
    kind: 'tensor/scan',
    chunks: chunksOfTensors([tensor]),
    itemOf: ({ rows }, item) => ({ item, source: tensor.source, rows, ...wanted, sample: null }),
    onResult: (chunk, result) => {
      totals = folder.add(chunk, result);
    },
    meter: new ProgressMeter('scan', { bytes: tensor.storedBytes, tensors: 1 }, hooks.onProgress),
    stop: hooks.stop,
    urgent: true,
  });
  return totals!;
}

/** The 1 % and 99 % quantile of every channel, by a pass. */
export async function readChannelQuantiles(
  context: SessionContext,
  tensor: ModelTensor,
  hooks: JobHooks,
): Promise<{ readonly low: Float32Array; readonly high: Float32Array }> {
  assertReadable(tensor);
  type Quantiles = { readonly low: Float32Array; readonly high: Float32Array };
  const nothing: Quantiles = { low: new Float32Array(0), high: new Float32Array(0) };
  const folder = new ChunkFolder<Quantiles, Quantiles>(
    () => nothing,
    (total, part) => ({ low: joinFloats(total.low, part.low), high: joinFloats(total.high, part.high) }),
  );
  let quantiles: Quantiles = nothing;
  await runBatches(context.pool, {
    kind: 'tensor/channel-quantiles',
    chunks: chunksOfTensors([tensor]),
    itemOf: ({ rows }, item) => ({ item, source: tensor.source, rows }),
    onResult: (chunk, result) => {
      quantiles = folder.add(chunk, result) ?? quantiles;
    },
    meter: new ProgressMeter('scan', { bytes: tensor.storedBytes, tensors: 1 }, hooks.onProgress),
    stop: hooks.stop,
    urgent: true,
  });
  return quantiles;
}

function assertReadable(tensor: ModelTensor): void {
  if (isReadable(tensor)) return;
  const { name, dtype } = tensor;
  throw new Failure('format/unreadable', { tensor: name, format: dtype, why: 'no kernel decodes this dtype' });
}

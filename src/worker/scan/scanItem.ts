import { dtypeBits } from 'safetensors-js';
import type { RawSource, TensorSource } from '../../core/model/model.ts';
import type { ValueTable } from '../../core/stats/summary.ts';
import type { ScanItem, ScanResult } from '../../protocol/worker.ts';
import { blocksOf, bytesOfRows } from '../blocks.ts';
import type { CallScope } from '../callScope.ts';
import { isReadable, openRows, planRows } from '../rows/openRows.ts';
import { elementsOf, type Tile, type TilePlan, tilesOf } from '../tiles.ts';
import { ChannelSums } from './channelSums.ts';
import { countByChannel } from './countByChannel.ts';
import { MomentSums } from './momentSums.ts';
import { asStored, planSample, sampleTiles, viewIndexOf } from './sampleTiles.ts';
import { scanStoredRows, storedFloatOf } from './storedRows.ts';
import { countNonFinite, isExact, tableKindOf } from './tableKind.ts';
import { TilePatterns } from './tilePatterns.ts';

/** One way through the elements of an item. */
interface Walk {
  readonly source: TensorSource;
  readonly plan: TilePlan;
  readonly tiles: () => Iterable<Tile>;
  readonly blockBytes?: number;
}

/**
 * Value table, moments and channel ranges of an item. A sample has no channel ranges; of a dtype that no kernel decodes
 * there is nothing to tell.
 */
export async function scanItem(scope: CallScope, item: ScanItem): Promise<ScanResult> {
  scope.arena.reset();
  const { source, rows, sample } = item;
  const elements = (rows.end - rows.start) * source.view.inputs;
  if (!isReadable(source)) return { item: item.item, table: null, moments: null, channels: null, elements: 0 };
  if (sample !== null && sample < elements) return scanSample(scope, item, sample);
  if (item.table && !item.channels && source.kind === 'raw' && isExact(tableKindOf(source))) {
    return { item: item.item, table: await countStored(scope, item), moments: null, channels: null, elements };
  }
  const stored = item.channels ? storedFloatOf(source) : null;
  if (stored !== null) return scanStoredRows(scope, item, stored);
  if (item.table && !item.channels && source.kind === 'raw' && source.view.transposed) {
    const result = await scanInStoredOrder(scope, item, source);
    if (result !== null) return result;
  }
  return scanInViewOrder(scope, item);
}

function scanInViewOrder(scope: CallScope, item: ScanItem): Promise<ScanResult> {
  scope.arena.reset();
  const { source, rows } = item;
  const plan = planRows(scope, [source]);
  return scanTiles(scope, item, { source, plan, tiles: () => tilesOf(rows, source.view.inputs, plan) });
}

/**
 * A transposed tensor read as one long row, which spares turning it over; its sums are then added in that order. Null
 * where weights are not finite: the first of them by the view is not the first as stored.
 */
async function scanInStoredOrder(scope: CallScope, item: ScanItem, source: RawSource): Promise<ScanResult | null> {
  const { data, view } = source;
  const elementBytes = dtypeBits(data.dtype) / 8;
  const part = bytesOfRows(data, view, item.rows);
  const start = part.start / elementBytes;
  const end = start + part.bytes / elementBytes;
  // The row ends where the item does, so that no block reaches beyond it.
  const flat = { ...source, view: { channels: 1, inputs: end, transposed: false } };
  const columns = scope.limits.tileElements;
  function* tiles(): Generator<Tile, void> {
    for (let column = start; column < end; column += columns) {
      yield { row: 0, rows: 1, column, columns: Math.min(columns, end - column) };
    }
  }
  const walk = { source: flat, plan: { rows: 1, columns }, tiles };
  const result = await scanTiles(scope, { ...item, rows: { start: 0, end: 1 } }, walk);
  const { moments } = result;
  return moments !== null && moments.nans + moments.infinities > 0 ? null : result;
}

/** Counts the stored bytes as they are, without a decode. */
async function countStored(scope: CallScope, { source, rows }: ScanItem): Promise<ValueTable> {
  if (source.kind !== 'raw') throw new Error('only raw sources are counted as stored');
  const { data, view } = source;
  const all = bytesOfRows(data, view, rows);
  const elementBytes = dtypeBits(data.dtype) / 8;
  const pointer = scope.arena.take(Math.min(all.bytes, scope.limits.blockBytes));
  scope.counts.begin(all.bytes / elementBytes);
  for (const block of blocksOf(scope, all)) {
    scope.read(data, block.start, block.bytes, pointer);
    scope.counts.add(data.dtype, pointer, block.bytes / elementBytes);
    if (scope.isPauseDue) await scope.hearStop();
  }
  return scope.counts.takeTable(tableKindOf(source));
}

async function scanSample(scope: CallScope, item: ScanItem, sample: number): Promise<ScanResult> {
  const source = asStored(item.source);
  const plan = planSample(source.view);
  // The stored rows of a transposed tensor are inputs: its sample is of the whole tensor, whatever the item's channels.
  const rows = source === item.source ? item.rows : { start: 0, end: source.view.channels };
  const tiles = (): Iterable<Tile> => sampleTiles(rows, source.view, sample);
  // A block as small as can be is one tile: nothing is read that is not in the sample.
  const result = await scanTiles(scope, { ...item, channels: false, rows }, { source, plan, tiles, blockBytes: 8 });
  if (result.moments === null) return result;
  const firstNonFinite = viewIndexOf(item.source.view, result.moments.firstNonFinite);
  return { ...result, moments: { ...result.moments, firstNonFinite } };
}

async function scanTiles(scope: CallScope, item: ScanItem, walk: Walk): Promise<ScanResult> {
  const { source, plan, tiles, blockBytes } = walk;
  const { rows } = item;
  const { inputs } = source.view;
  const kind = tableKindOf(source);
  const hasExactTable = item.table && isExact(kind);
  scope.counts.begin((rows.end - rows.start) * inputs);
  // Patterns of the dtypes with a table, and of F32, are counted as they are loaded.
  const dtype = source.kind === 'raw' && (isExact(kind) || source.data.dtype === 'F32') ? source.data.dtype : null;
  const onLoad = (stored: number, n: number): void => scope.counts.add(dtype ?? 'F32', stored, n);
  const options = { onLoad: item.table && dtype !== null ? onLoad : undefined, blockBytes };
  const reader = openRows(scope, source, rows, plan, options);
  const patterns = item.table && dtype === null ? new TilePatterns(scope, source, plan.rows * plan.columns) : null;
  // Without an exact table only moments tell whether there are weights that are not finite.
  const moments = hasExactTable ? null : new MomentSums(scope);
  const channels = item.channels ? new ChannelSums(scope, rows, inputs, plan) : null;
  let elements = 0;
  for (const tile of tiles()) {
    const x = reader.read(tile);
    const n = elementsOf(tile);
    patterns?.add(x, n);
    moments?.add(x, n, tile.row * inputs + tile.column);
    channels?.add(x, tile);
    elements += n;
    if (scope.isPauseDue) await scope.hearStop();
  }
  const table = item.table ? scope.counts.takeTable(kind) : null;
  const passed = moments?.read() ?? null;
  const nonFinite = passed === null ? countNonFinite(table as ValueTable) : passed.nans + passed.infinities;
  const perChannel = channels && nonFinite > 0 ? await countByChannel(scope, source, rows) : null;
  return { item: item.item, table, moments: passed, channels: channels?.finish(perChannel) ?? null, elements };
}

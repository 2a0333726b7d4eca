import type { RawSource, TensorSource } from '../../core/model/model.ts';
import { RUN_ELEMENTS } from '../../kernels/kernels.ts';
import type { ScanItem, ScanResult } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, planTiles, tilesOf } from '../tiles.ts';
import { ChannelSums } from './channelSums.ts';
import { countByChannel } from './countByChannel.ts';
import { countNonFinite } from './tableKind.ts';

type StoredFloat = 'BF16' | 'F16';

/** The dtype of a source whose channels are scanned as they are stored: 16-bit floats, one channel after the other. */
export function storedFloatOf(source: TensorSource): StoredFloat | null {
  if (source.kind !== 'raw' || source.view.transposed) return null;
  const { dtype } = source.data;
  return dtype === 'BF16' || dtype === 'F16' ? dtype : null;
}

/** Value table and channel ranges without a decode, in blocks of whole channels or parts of one. @throws Failure `file/*` */
export async function scanStoredRows(scope: CallScope, item: ScanItem, dtype: StoredFloat): Promise<ScanResult> {
  const { rows } = item;
  const { data, view } = item.source as RawSource;
  const { inputs } = view;
  const blockElements = scope.limits.blockBytes / 2;
  const plan = planTiles(inputs, RUN_ELEMENTS, { tileElements: blockElements, rowElements: blockElements });
  const mostRows = Math.min(plan.rows, rows.end - rows.start);
  const stored = scope.arena.take(2 * mostRows * plan.columns);
  const channels = new ChannelSums(scope, rows, inputs, plan);
  const elements = (rows.end - rows.start) * inputs;
  scope.counts.begin(elements);
  for (const tile of tilesOf(rows, inputs, plan)) {
    const n = elementsOf(tile);
    scope.read(data, 2 * (tile.row * inputs + tile.column), 2 * n, stored);
    scope.counts.add(dtype, stored, n);
    channels.addStored(dtype, stored, tile);
    if (scope.isPauseDue) await scope.hearStop();
  }
  // Only the table tells whether there are weights that are not finite.
  const table = scope.counts.takeTable(dtype);
  const nonFinite = countNonFinite(table) > 0 ? await countByChannel(scope, item.source, rows) : null;
  return {
    item: item.item,
    table: item.table ? table : null,
    moments: null,
    channels: channels.finish(nonFinite),
    elements,
  };
}

import { Failure } from '../../core/failure.ts';
import { mainPartOf } from '../../core/model/mainPart.ts';
import type { TensorSource } from '../../core/model/model.ts';
import { CHANNELS_PER_BYTE } from '../../core/quantizers/planeSequence.ts';
import type { BinaryQuantizer } from '../../core/quantizers/quantizer.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { tileLimits } from '../rows/openRows.ts';
import type { TilePlan } from '../tiles.ts';
import type { SliceGrid } from './sliceGrid.ts';

/** How a tensor is cut for sign planes: whole rows, eight of them or a multiple. */
export interface BinaryPlan {
  readonly tiles: TilePlan;
  readonly groupSize: number;
  readonly grid: SliceGrid;
}

/** @throws Failure `tensor/rows-too-long` where eight rows are more than a worker holds at once */
export function planBinary(
  scope: CallScope,
  source: TensorSource,
  quantizer: BinaryQuantizer,
  { start, end }: RowRange,
): BinaryPlan {
  const { inputs } = source.view;
  const fitting = Math.floor(tileLimits(scope, [source]).tileElements / Math.max(1, inputs));
  const whole = Math.max(CHANNELS_PER_BYTE, fitting - (fitting % CHANNELS_PER_BYTE));
  const rows = Math.max(1, Math.min(whole, end - start));
  const together = Math.min(rows, CHANNELS_PER_BYTE);
  const { heldElements } = scope.limits;
  if (together * inputs > heldElements) {
    const most = Math.floor(heldElements / together);
    throw new Failure('tensor/rows-too-long', { tensor: mainPartOf(source).name, inputs, most });
  }
  const groupSize = Math.max(1, Math.min(inputs, quantizer.groupSize ?? inputs));
  const perRow = Math.ceil(inputs / groupSize);
  return {
    tiles: { rows, columns: inputs },
    groupSize,
    grid: { perTensor: false, perRow, atOnce: rows * perRow },
  };
}

import { Failure } from '../core/failure.ts';
import { mainPartOf } from '../core/model/mainPart.ts';
import type { TensorSource } from '../core/model/model.ts';
import type { PassMoments } from '../core/stats/summary.ts';
import type { CallScope } from './callScope.ts';
import { openRows, planRows } from './rows/openRows.ts';
import { MomentSums } from './scan/momentSums.ts';
import { elementsOf, tilesOf } from './tiles.ts';

/** What a tensor's weights that are not finite come to. */
export interface NonFinite {
  readonly count: number;
  readonly firstIndex: number;
  /** Largest finite magnitude of the tensor: what an infinity is clamped to. */
  readonly largest: number;
}

/**
 * Sums of finite weights are finite, so only where they are not does the tensor have to be looked at: clean tensors pay
 * nothing for the check.
 * @returns null where all weights are finite; looks at the whole tensor, whatever the chunk
 */
export async function findNonFinite(scope: CallScope, source: TensorSource): Promise<NonFinite | null> {
  const key = keyOf(source);
  let moments = scope.wholeMoments.get(key);
  if (moments === undefined) {
    moments = await momentsOf(scope, source);
    // Chunks of one tensor follow each other: more than a few are never asked for again.
    if (scope.wholeMoments.size >= MOST_KEPT) scope.wholeMoments.clear();
    scope.wholeMoments.set(key, moments);
  }
  const count = moments.nans + moments.infinities;
  if (count === 0) return null;
  const largest = count === moments.count ? 0 : Math.max(-moments.min, moments.max);
  return { count, firstIndex: moments.firstNonFinite, largest };
}

/** @throws Failure `tensor/non-finite` */
export function refuseNonFinite(source: TensorSource, { count, firstIndex }: NonFinite): never {
  throw new Failure('tensor/non-finite', { tensor: mainPartOf(source).name, count, index: firstIndex });
}

const MOST_KEPT = 16;

function keyOf(source: TensorSource): string {
  const { path, start, fileBytes, fileMtimeMs } = mainPartOf(source);
  return `${path}\n${start} ${fileBytes} ${fileMtimeMs} ${source.view.transposed}`;
}

async function momentsOf(scope: CallScope, source: TensorSource): Promise<PassMoments> {
  scope.arena.reset();
  const { channels, inputs } = source.view;
  const range = { start: 0, end: channels };
  const plan = planRows(scope, [source]);
  const reader = openRows(scope, source, range, plan);
  const moments = new MomentSums(scope);
  for (const tile of tilesOf(range, inputs, plan)) {
    moments.add(reader.read(tile), elementsOf(tile), tile.row * inputs + tile.column);
    if (scope.isPauseDue) await scope.hearStop();
  }
  return moments.read();
}

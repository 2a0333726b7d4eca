import type { View2D } from '../../core/model/model.ts';
import { CHANNELS_PER_BYTE } from '../../core/quantizers/planeSequence.ts';
import type { PartTarget, RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { Tile, TilePlan } from '../tiles.ts';
import { PartWriter } from './partWriter.ts';

/**
 * Sign planes, U8 [planes, ceil(channels / 8), inputs]: a chunk is one run of bytes in each plane. It begins on a multiple of
 * eight channels, so no byte belongs to two chunks.
 */
export class PlanesPart {
  readonly #scope: CallScope;
  /** One for each plane. */
  readonly #writers: readonly PartWriter[];
  readonly #packed: number;

  constructor(scope: CallScope, { part, path, offset }: PartTarget, view: View2D, rows: RowRange, plan: TilePlan) {
    if (rows.start % CHANNELS_PER_BYTE !== 0) {
      throw new Error(`a chunk begins at channel ${rows.start}, inside a byte of signs`);
    }
    this.#scope = scope;
    const planes = part.shape[0] ?? 0;
    const planeBytes = bytesOf(view.channels, view.inputs);
    const tileBytes = bytesOf(plan.rows, plan.columns);
    const start = offset + bytesOf(rows.start, view.inputs);
    const bytes = bytesOf(rows.end - rows.start, view.inputs);
    this.#packed = scope.arena.take(planes * tileBytes);
    this.#writers = Array.from({ length: planes }, (_, plane) => {
      return new PartWriter(scope, path, start + plane * planeBytes, bytes, tileBytes);
    });
  }

  /** @param codes a byte a weight, bit p the sign of plane p */
  take(tile: Tile, codes: number): void {
    const { arena, kernels } = this.#scope;
    const bytes = bytesOf(tile.rows, tile.columns);
    kernels.packPlanes(codes, tile.rows, tile.columns, this.#writers.length, this.#packed);
    this.#writers.forEach((writer, plane) => {
      const source = this.#packed + plane * bytes;
      arena.bytes.copyWithin(writer.place(bytes), source, source + bytes);
    });
  }

  /** @throws Failure `save/*` */
  finish(): void {
    for (const writer of this.#writers) writer.flush();
  }
}

/** Bytes of one plane of so many channels. */
function bytesOf(channels: number, inputs: number): number {
  return Math.ceil(channels / CHANNELS_PER_BYTE) * inputs;
}

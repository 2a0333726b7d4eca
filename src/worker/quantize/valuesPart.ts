import { dtypeBits } from 'safetensors-js';
import type { View2D } from '../../core/model/model.ts';
import type { PartTarget, RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, type Tile, type TilePlan } from '../tiles.ts';
import { PartWriter } from './partWriter.ts';

/** Takes x' of tiles in the order of the view and writes it in a part's dtype and in the order of the original tensor. */
export interface ValuesPart {
  take(tile: Tile, decoded: number): void;
  /** @throws Failure `save/*` */
  finish(): void;
}

type ValuesDtype = 'F32' | 'F16' | 'BF16';

export function openValuesPart(
  scope: CallScope,
  target: PartTarget,
  view: View2D,
  rows: RowRange,
  plan: TilePlan,
): ValuesPart {
  const { dtype } = target.part;
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') throw new Error(`values cannot be written as ${dtype}`);
  return view.transposed
    ? new TransposedValues(scope, target, dtype, view, rows)
    : new StraightValues(scope, target, dtype, view, rows, plan);
}

class StraightValues implements ValuesPart {
  readonly #scope: CallScope;
  readonly #dtype: ValuesDtype;
  readonly #elementBytes: number;
  readonly #writer: PartWriter;

  constructor(
    scope: CallScope,
    { path, offset }: PartTarget,
    dtype: ValuesDtype,
    { inputs }: View2D,
    rows: RowRange,
    plan: TilePlan,
  ) {
    this.#scope = scope;
    this.#dtype = dtype;
    this.#elementBytes = dtypeBits(dtype) / 8;
    const start = rows.start * inputs * this.#elementBytes;
    const bytes = (rows.end - rows.start) * inputs * this.#elementBytes;
    this.#writer = new PartWriter(scope, path, offset + start, bytes, plan.rows * plan.columns * this.#elementBytes);
  }

  take(tile: Tile, decoded: number): void {
    const n = elementsOf(tile);
    this.#scope.kernels.encodeFloat(this.#dtype, decoded, this.#writer.place(n * this.#elementBytes), n);
  }

  finish(): void {
    this.#writer.flush();
  }
}

/**
 * Gathers x' of a strip of whole channels and turns it: one run of bytes where the strip is all channels, else one piece
 * for each stored row.
 */
class TransposedValues implements ValuesPart {
  readonly #scope: CallScope;
  readonly #target: PartTarget;
  readonly #dtype: ValuesDtype;
  readonly #elementBytes: number;
  readonly #view: View2D;
  readonly #rows: RowRange;
  readonly #stripRows: number;
  readonly #strip: number;
  readonly #turned: number;
  #firstRow: number;

  constructor(scope: CallScope, target: PartTarget, dtype: ValuesDtype, view: View2D, rows: RowRange) {
    this.#scope = scope;
    this.#target = target;
    this.#dtype = dtype;
    this.#elementBytes = dtypeBits(dtype) / 8;
    this.#view = view;
    this.#rows = rows;
    this.#firstRow = rows.start;
    const channelBytes = view.inputs * (4 + this.#elementBytes);
    const fitting = Math.max(1, Math.floor(scope.limits.valueStripBytes / channelBytes));
    this.#stripRows = Math.min(fitting, rows.end - rows.start);
    this.#strip = scope.arena.take(4 * this.#stripRows * view.inputs);
    this.#turned = scope.arena.take(this.#elementBytes * this.#stripRows * view.inputs);
  }

  take(tile: Tile, decoded: number): void {
    const { inputs } = this.#view;
    for (let row = tile.row; row < tile.row + tile.rows; row++) {
      if (row === this.#firstRow + this.#stripRows) this.#write(row);
      const target = this.#strip + 4 * ((row - this.#firstRow) * inputs + tile.column);
      const source = decoded + 4 * (row - tile.row) * tile.columns;
      this.#scope.arena.bytes.copyWithin(target, source, source + 4 * tile.columns);
    }
  }

  finish(): void {
    this.#write(this.#rows.end);
  }

  /** Writes the strip, which ends before `endRow`, and begins the next one there. */
  #write(endRow: number): void {
    const { path, offset } = this.#target;
    const { channels, inputs } = this.#view;
    const rows = endRow - this.#firstRow;
    const { arena, kernels } = this.#scope;
    kernels.encodeFloatTransposed(this.#dtype, this.#strip, rows, inputs, this.#turned);
    const pieceBytes = rows * this.#elementBytes;
    if (rows === channels) {
      this.#scope.write(path, offset, arena.bytesAt(this.#turned, inputs * pieceBytes));
    } else {
      for (let input = 0; input < inputs; input++) {
        const start = (input * channels + this.#firstRow) * this.#elementBytes;
        this.#scope.write(path, offset + start, arena.bytesAt(this.#turned + input * pieceBytes, pieceBytes));
      }
    }
    this.#firstRow = endRow;
  }
}

import { dtypeBits } from 'safetensors-js';
import type { View2D } from '../../core/model/model.ts';
import type { StoredFloat } from '../../kernels/kernels.ts';
import type { PartTarget, RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, type Tile, type TilePlan } from '../tiles.ts';
import { PartWriter } from './partWriter.ts';
import type { EncodedTile } from './passSink.ts';

/** Takes x' of tiles in the order of the view and writes it in a part's dtype and in the order of the original tensor. */
export interface ValuesPart {
  take(tile: Tile, decoded: number, encoded: EncodedTile | null): void;
  /** @throws Failure `save/*` */
  finish(): void;
}

/** Dtypes in which values are written. */
const VALUES_DTYPES: readonly StoredFloat[] = ['F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'];

export function openValuesPart(
  scope: CallScope,
  target: PartTarget,
  view: View2D,
  rows: RowRange,
  plan: TilePlan,
): ValuesPart {
  const dtype = VALUES_DTYPES.find((candidate) => candidate === target.part.dtype);
  if (dtype === undefined) throw new Error(`values cannot be written as ${target.part.dtype}`);
  return view.transposed
    ? new TransposedValues(scope, target, dtype, view, rows, plan)
    : new StraightValues(scope, target, dtype, view, rows, plan);
}

class StraightValues implements ValuesPart {
  readonly #scope: CallScope;
  readonly #dtype: StoredFloat;
  readonly #elementBytes: number;
  readonly #writer: PartWriter;

  constructor(
    scope: CallScope,
    { path, offset }: PartTarget,
    dtype: StoredFloat,
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

  take(tile: Tile, decoded: number, encoded: EncodedTile | null): void {
    const n = elementsOf(tile);
    const bytes = n * this.#elementBytes;
    const target = this.#writer.place(bytes);
    if (encoded?.dtype === this.#dtype) {
      this.#scope.arena.bytes.copyWithin(target, encoded.pointer, encoded.pointer + bytes);
    } else {
      this.#scope.kernels.encodeFloat(this.#dtype, decoded, target, n);
    }
  }

  finish(): void {
    this.#writer.flush();
  }
}

/**
 * Gathers a strip of whole channels in the stored order: one run of bytes where the strip is all channels, else one piece for
 * each stored row. A tile is turned by itself, in the cache, and its rows are then set side by side.
 */
class TransposedValues implements ValuesPart {
  readonly #scope: CallScope;
  readonly #target: PartTarget;
  readonly #dtype: StoredFloat;
  readonly #elementBytes: number;
  readonly #view: View2D;
  readonly #rows: RowRange;
  readonly #stripRows: number;
  /** [inputs][rows of the strip], and the turned rows of one tile, [columns][rows]. */
  readonly #strip: number;
  readonly #turned: number;
  #firstRow: number;

  constructor(scope: CallScope, target: PartTarget, dtype: StoredFloat, view: View2D, rows: RowRange, plan: TilePlan) {
    this.#scope = scope;
    this.#target = target;
    this.#dtype = dtype;
    this.#elementBytes = dtypeBits(dtype) / 8;
    this.#view = view;
    this.#rows = rows;
    this.#firstRow = rows.start;
    const fitting = Math.floor(scope.limits.turnedBytes / Math.max(1, view.inputs * this.#elementBytes));
    const whole = Math.max(plan.rows, fitting - (fitting % plan.rows));
    this.#stripRows = Math.min(whole, rows.end - rows.start);
    this.#strip = scope.arena.take(this.#elementBytes * this.#stripRows * view.inputs);
    this.#turned = scope.arena.take(this.#elementBytes * plan.rows * plan.columns);
  }

  take(tile: Tile, decoded: number): void {
    if (tile.row === this.#firstRow + this.#stripRows) this.#write(tile.row);
    const { rows, columns } = tile;
    const { kernels } = this.#scope;
    kernels.encodeFloatTransposed(this.#dtype, decoded, rows, columns, this.#turned);
    const width = this.#widthAt(this.#firstRow);
    const first = tile.column * width + tile.row - this.#firstRow;
    const strip = this.#elementsAt(this.#strip, width * this.#view.inputs);
    const turned = this.#elementsAt(this.#turned, rows * columns);
    for (let i = 0, target = first; i < turned.length; target += width) {
      for (let row = 0; row < rows; row++) strip[target + row] = turned[i++]!;
    }
  }

  #elementsAt(pointer: number, n: number): Uint8Array | Uint16Array | Uint32Array {
    const { arena } = this.#scope;
    if (this.#elementBytes === 1) return arena.bytesAt(pointer, n);
    return this.#elementBytes === 2 ? arena.halvesAt(pointer, n) : arena.wordsAt(pointer, n);
  }

  finish(): void {
    this.#write(this.#rows.end);
  }

  /** Channels of the strip that begins at a row. */
  #widthAt(row: number): number {
    return Math.min(this.#stripRows, this.#rows.end - row);
  }

  /** Writes the strip, which ends before `endRow`, and begins the next one there. */
  #write(endRow: number): void {
    const { path, offset } = this.#target;
    const { channels, inputs } = this.#view;
    const { arena } = this.#scope;
    const rows = endRow - this.#firstRow;
    const pieceBytes = rows * this.#elementBytes;
    if (rows === channels) {
      this.#scope.write(path, offset, arena.bytesAt(this.#strip, inputs * pieceBytes));
    } else {
      for (let input = 0; input < inputs; input++) {
        const start = (input * channels + this.#firstRow) * this.#elementBytes;
        this.#scope.write(path, offset + start, arena.bytesAt(this.#strip + input * pieceBytes, pieceBytes));
      }
    }
    this.#firstRow = endRow;
  }
}

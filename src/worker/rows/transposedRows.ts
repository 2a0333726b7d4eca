import { dtypeBits } from 'safetensors-js';
import type { StoredTensor, View2D } from '../../core/model/model.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, holds, type Tile, type TilePlan } from '../tiles.ts';
import type { LoadListener, RowOptions, RowReader } from './rowReader.ts';
import { Windows } from './windows.ts';

/**
 * Rows of a tensor stored as [inputs, channels]. A window is a strip of whole channels: the whole tensor where that is
 * within bounds (one run of bytes), else a strip of columns (one read for each stored row).
 *
 *   stored   c0 c1 c2 c3 | c4 …      strip of 4 channels in memory: [inputs][4]
 *   input 0  ■  ■  ■  ■  | ·
 *   input 1  ■  ■  ■  ■  | ·
 */
export class TransposedRows implements RowReader {
  readonly #scope: CallScope;
  readonly #data: StoredTensor;
  readonly #onLoad: LoadListener | undefined;
  readonly #view: View2D;
  readonly #elementBytes: number;
  readonly #windows: Windows;
  readonly #stored: number;
  readonly #x: number;
  #strip: Tile | null = null;

  constructor(
    scope: CallScope,
    data: StoredTensor,
    view: View2D,
    range: RowRange,
    plan: TilePlan,
    options: RowOptions,
  ) {
    this.#scope = scope;
    this.#data = data;
    this.#onLoad = options.onLoad;
    this.#view = view;
    this.#elementBytes = dtypeBits(data.dtype) / 8;
    // A channel is never cut: its elements lie a stored row apart, and reading them singly would never end.
    const mostElements = Math.max(view.inputs, Math.floor(scope.limits.transposedBytes / this.#elementBytes));
    this.#windows = new Windows(range, view.inputs, plan, mostElements);
    this.#stored = scope.arena.take(this.#windows.mostElements * this.#elementBytes);
    this.#x = scope.arena.take(4 * plan.rows * plan.columns);
  }

  read(tile: Tile): number {
    if (!holds(this.#strip, tile)) this.#loadStrip(this.#windows.at(tile));
    const strip = this.#strip as Tile;
    this.#scope.kernels.decodeTransposed(
      this.#data.dtype,
      this.#stored + tile.column * strip.rows * this.#elementBytes,
      strip.rows,
      tile.row - strip.row,
      tile.rows,
      tile.columns,
      this.#x,
    );
    return this.#x;
  }

  #loadStrip(strip: Tile): void {
    this.#strip = null;
    const { channels, inputs } = this.#view;
    const pieceBytes = strip.rows * this.#elementBytes;
    if (strip.rows === channels) {
      this.#scope.read(this.#data, 0, inputs * pieceBytes, this.#stored);
    } else {
      for (let input = 0; input < inputs; input++) {
        const first = (input * channels + strip.row) * this.#elementBytes;
        this.#scope.read(this.#data, first, pieceBytes, this.#stored + input * pieceBytes);
      }
    }
    this.#strip = strip;
    this.#onLoad?.(this.#stored, elementsOf(strip));
  }
}

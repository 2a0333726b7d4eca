import { dtypeBits } from 'safetensors-js';
import type { StoredTensor, View2D } from '../../core/model/model.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, holds, type Tile, type TilePlan } from '../tiles.ts';
import type { LoadListener, RowOptions, RowReader } from './rowReader.ts';
import { Windows } from './windows.ts';

/** Rows of a tensor that is stored in the order of its 2-D view: a window is one run of bytes. */
export class RawRows implements RowReader {
  readonly #scope: CallScope;
  readonly #data: StoredTensor;
  readonly #onLoad: LoadListener | undefined;
  readonly #inputs: number;
  readonly #elementBytes: number;
  readonly #windows: Windows;
  readonly #stored: number;
  readonly #x: number;
  #window: Tile | null = null;

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
    this.#inputs = view.inputs;
    this.#elementBytes = dtypeBits(data.dtype) / 8;
    // Half the bytes of a block in elements is the whole block for 16-bit floats; F8 blocks are smaller, so that outputs are.
    const blockBytes = options.blockBytes ?? scope.limits.blockBytes;
    const mostElements = Math.floor(blockBytes / Math.max(2, this.#elementBytes));
    this.#windows = new Windows(range, view.inputs, plan, mostElements);
    this.#stored = scope.arena.take(this.#windows.mostElements * this.#elementBytes);
    this.#x = data.dtype === 'F32' ? 0 : scope.arena.take(4 * plan.rows * plan.columns);
  }

  read(tile: Tile): number {
    if (!holds(this.#window, tile)) this.#loadWindow(this.#windows.at(tile));
    const { row, column } = this.#window as Tile;
    const stored = this.#stored + ((tile.row - row) * this.#inputs + (tile.column - column)) * this.#elementBytes;
    // What is F32 already is used where it lies.
    if (this.#data.dtype === 'F32') return stored;
    this.#scope.kernels.decode(this.#data.dtype, stored, this.#x, elementsOf(tile));
    return this.#x;
  }

  #loadWindow(window: Tile): void {
    this.#window = null;
    const first = (window.row * this.#inputs + window.column) * this.#elementBytes;
    this.#scope.read(this.#data, first, elementsOf(window) * this.#elementBytes, this.#stored);
    this.#window = window;
    this.#onLoad?.(this.#stored, elementsOf(window));
  }
}

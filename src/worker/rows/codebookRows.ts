import type { PackedCodebook, StoredTensor } from '../../core/model/model.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { holds, type Tile, type TilePlan } from '../tiles.ts';
import type { RowOptions, RowReader } from './rowReader.ts';
import { SliceValues } from './sliceValues.ts';
import { Windows } from './windows.ts';

/** Rows of codes into stored levels, of the tensor or of each channel. */
export class CodebookRows implements RowReader {
  readonly #scope: CallScope;
  readonly #source: PackedCodebook;
  readonly #windows: Windows;
  readonly #codes: number;
  readonly #x: number;
  readonly #levels: SliceValues;
  #window: Tile | null = null;
  /** Pointer to the levels of the window's rows, or of the tensor. */
  #loadedLevels = 0;

  /** @param source of unit tensor or channel */
  constructor(scope: CallScope, source: PackedCodebook, range: RowRange, plan: TilePlan, options: RowOptions) {
    this.#scope = scope;
    this.#source = source;
    const { bits, rowBytes, unit, view } = source;
    const most = Math.floor((options.blockBytes ?? scope.limits.blockBytes) / 2);
    this.#windows = new Windows(range, view.inputs, plan, most);
    this.#codes = scope.arena.take(this.#windows.mostRows * rowBytes);
    this.#x = scope.arena.take(4 * plan.rows * plan.columns);
    const slices = unit === 'tensor' ? 1 : this.#windows.mostRows;
    this.#levels = new SliceValues(scope, source.levels as StoredTensor, slices * 2 ** bits);
    if (unit === 'tensor') this.#loadedLevels = this.#levels.load(0, 2 ** bits);
  }

  read(tile: Tile): number {
    if (!holds(this.#window, tile)) this.#loadWindow(this.#windows.at(tile));
    const window = this.#window as Tile;
    const { bits, rowBytes, unit, roundTo } = this.#source;
    const perTensor = unit === 'tensor';
    const levels = this.#loadedLevels + (perTensor ? 0 : 4 * (tile.row - window.row) * 2 ** bits);
    const codes =
      this.#codes + (tile.row - window.row) * rowBytes + this.#byteOf(tile.column) - this.#byteOf(window.column);
    const block = { x: this.#x, rows: tile.rows, inputs: tile.columns, groupSize: tile.columns };
    this.#scope.kernels.codebookDecode(block, { levels, bits, perTensor }, codes, rowBytes, roundTo);
    return this.#x;
  }

  #byteOf(column: number): number {
    return Math.floor((column * this.#source.bits) / 8);
  }

  #loadWindow(window: Tile): void {
    this.#window = null;
    const { codes, rowBytes, view, unit, bits } = this.#source;
    const start = window.row * rowBytes + this.#byteOf(window.column);
    const endColumn = window.column + window.columns;
    const lastRowEnd = endColumn === view.inputs ? rowBytes : Math.ceil((endColumn * bits) / 8);
    const end = (window.row + window.rows - 1) * rowBytes + lastRowEnd;
    this.#scope.read(codes, start, end - start, this.#codes);
    if (unit === 'channel') this.#loadedLevels = this.#levels.load(window.row * 2 ** bits, window.rows * 2 ** bits);
    this.#window = window;
  }
}

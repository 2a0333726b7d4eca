import type { PackedBinary } from '../../core/model/model.ts';
import { CHANNELS_PER_BYTE } from '../../core/quantizers/planeSequence.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { holds, type Tile, type TilePlan } from '../tiles.ts';
import type { RowOptions, RowReader } from './rowReader.ts';
import { SliceValues } from './sliceValues.ts';
import { Windows } from './windows.ts';

/** Rows of sign planes: the bytes of every plane that hold the rows, window by window, turned to codes and decoded tile by tile. */
export class BinaryRows implements RowReader {
  readonly #scope: CallScope;
  readonly #source: PackedBinary;
  /** Groups in a row (1 for unit channel), and inputs in each. */
  readonly #groups: number;
  readonly #groupSize: number;
  readonly #windows: Windows;
  readonly #planes: number;
  readonly #codes: number;
  readonly #x: number;
  readonly #alphas: SliceValues;
  #window: Tile | null = null;
  /** Groups of each row of the window. */
  #windowGroups: RowRange = { start: 0, end: 0 };
  #alpha = 0;

  constructor(scope: CallScope, source: PackedBinary, range: RowRange, plan: TilePlan, options: RowOptions) {
    this.#scope = scope;
    this.#source = source;
    const { inputs } = source.view;
    const { planeCount } = source;
    this.#groupSize = Math.max(1, source.unit === 'group' ? source.groupSize : inputs);
    this.#groups = Math.ceil(inputs / this.#groupSize);
    this.#windows = new Windows(range, inputs, plan, Math.floor((options.blockBytes ?? scope.limits.blockBytes) / 2));
    const { mostRows, mostElements } = this.#windows;
    const columns = mostElements / Math.max(1, mostRows);
    // Rows may begin inside a byte.
    const byteRows = Math.ceil(mostRows / CHANNELS_PER_BYTE) + 1;
    this.#planes = scope.arena.take(planeCount * byteRows * columns);
    this.#codes = scope.arena.take(plan.rows * plan.columns);
    this.#x = scope.arena.take(4 * plan.rows * plan.columns);
    const mostGroups = Math.min(this.#groups, Math.ceil(columns / this.#groupSize) + 1);
    this.#alphas = new SliceValues(scope, source.alpha, mostRows * mostGroups * planeCount);
  }

  read(tile: Tile): number {
    if (!holds(this.#window, tile)) this.#loadWindow(this.#windows.at(tile));
    const window = this.#window as Tile;
    const { planeCount: planes } = this.#source;
    const { rows, columns: inputs } = tile;
    const byteRow = byteRowOf(tile.row) - byteRowOf(window.row);
    const source = this.#planes + byteRow * window.columns + tile.column - window.column;
    const planeBytes = byteRowsOf(window) * window.columns;
    const { kernels } = this.#scope;
    const bit = tile.row % CHANNELS_PER_BYTE;
    kernels.unpackPlanes(source, planeBytes, window.columns, bit, rows, inputs, planes, this.#codes);
    const { start, end } = this.#windowGroups;
    const slice = (tile.row - window.row) * (end - start) + Math.floor(tile.column / this.#groupSize) - start;
    const alpha = this.#alpha + 4 * planes * slice;
    const [groupSize, column] = [this.#groupSize, tile.column % this.#groupSize];
    kernels.binaryDecode({ codes: this.#codes, rows, inputs, planes, column, groupSize, alpha }, null, this.#x);
    return this.#x;
  }

  #loadWindow(window: Tile): void {
    this.#window = null;
    const { planes, planeCount, view } = this.#source;
    const { inputs, channels } = view;
    const byteRows = byteRowsOf(window);
    const isWholeRows = window.columns === inputs;
    // Whole rows of bytes follow each other; parts of one row of channels lie in one row of bytes.
    const bytes = byteRows * window.columns;
    for (let plane = 0; plane < planeCount; plane++) {
      const firstRow = plane * Math.ceil(channels / CHANNELS_PER_BYTE) + byteRowOf(window.row);
      const start = firstRow * inputs + (isWholeRows ? 0 : window.column);
      this.#scope.read(planes, start, bytes, this.#planes + plane * bytes);
    }
    this.#loadAlpha(window);
    this.#window = window;
  }

  #loadAlpha({ row, rows, column, columns }: Tile): void {
    const start = Math.floor(column / this.#groupSize);
    const end = Math.ceil((column + columns) / this.#groupSize);
    this.#windowGroups = { start, end };
    const { planeCount } = this.#source;
    const first = row * this.#groups + start;
    this.#alpha = this.#alphas.load(first * planeCount, rows * (end - start) * planeCount);
  }
}

/** Row of bytes that holds a channel. */
function byteRowOf(row: number): number {
  return Math.floor(row / CHANNELS_PER_BYTE);
}

function byteRowsOf({ row, rows }: Tile): number {
  return byteRowOf(row + rows - 1) + 1 - byteRowOf(row);
}

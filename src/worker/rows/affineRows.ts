import type { PackedAffine } from '../../core/model/model.ts';
import type { SliceParameters } from '../../kernels/kernels.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { holds, type Tile, type TilePlan } from '../tiles.ts';
import { readGroupIndex } from './groupIndex.ts';
import type { RowOptions, RowReader } from './rowReader.ts';
import { SliceValues } from './sliceValues.ts';
import { Windows } from './windows.ts';
import { ZeroStream } from './zeroStream.ts';

/** Rows of packed affine codes: x' by the kernel, for codes, scales and zero-points loaded window by window. */
export class AffineRows implements RowReader {
  readonly #scope: CallScope;
  readonly #source: PackedAffine;
  readonly #tileElements: number;
  /** Bits that a stored code takes, and groups in a row (1 for units tensor and channel). */
  readonly #codeBits: number;
  readonly #groups: number;
  readonly #groupSize: number;
  readonly #groupIndex: Int32Array | null;
  readonly #windows: Windows;
  readonly #codes: number;
  readonly #x: number;
  readonly #scales: SliceValues;
  readonly #zeros: SliceValues | ZeroStream | null;
  #window: Tile | null = null;
  /** Groups of each row whose parameters are loaded. */
  #windowGroups: RowRange = { start: 0, end: 0 };
  #scale = 0;
  #zero = 0;
  /** Room for one scale and one zero-point an element: see `#expand`. */
  #expanded: { readonly scale: number; readonly zero: number } | null = null;

  constructor(scope: CallScope, source: PackedAffine, range: RowRange, plan: TilePlan, options: RowOptions) {
    this.#scope = scope;
    this.#source = source;
    this.#tileElements = plan.rows * plan.columns;
    const { inputs } = source.view;
    this.#codeBits = source.codeStorage === 'i8' ? 8 : source.bits;
    this.#groupSize = source.unit === 'group' ? source.groupSize : Math.max(1, inputs);
    this.#groups = source.unit === 'group' ? Math.ceil(inputs / source.groupSize) : 1;
    this.#groupIndex = source.groupIndex && readGroupIndex(scope, source.groupIndex, inputs, this.#groups);
    this.#windows = new Windows(range, inputs, plan, Math.floor((options.blockBytes ?? scope.limits.blockBytes) / 2));
    const { mostRows, mostElements } = this.#windows;
    this.#codes = scope.arena.take(mostRows * source.rowBytes);
    this.#x = scope.arena.take(4 * this.#tileElements);
    const mostSlices = source.unit === 'tensor' ? 1 : this.#mostSlices(mostRows, mostElements);
    this.#scales = new SliceValues(scope, source.scale, mostSlices);
    this.#zeros = this.#openZeros(mostSlices, mostRows);
  }

  read(tile: Tile): number {
    if (!holds(this.#window, tile)) this.#loadWindow(this.#windows.at(tile));
    const { decode = 'scaled', codeStorage, bits, rowBytes, roundTo } = this.#source;
    const isExpanded = this.#groupIndex !== null || (this.#groups > 1 && tile.column % this.#groupSize !== 0);
    const groupSize = isExpanded ? 1 : Math.min(this.#groupSize, Math.max(1, tile.columns));
    const block = { x: this.#x, rows: tile.rows, inputs: tile.columns, groupSize };
    const parameters = isExpanded ? this.#expand(tile) : this.#parametersOf(tile);
    const codes = this.#codes + this.#byteIn(this.#window as Tile, tile);
    this.#scope.kernels.affineDecode(block, decode, codes, codeStorage, bits, rowBytes, parameters, roundTo);
    return this.#x;
  }

  #mostSlices(mostRows: number, mostElements: number): number {
    const columns = mostElements / Math.max(1, mostRows);
    const groups = this.#groupIndex === null ? Math.ceil(columns / this.#groupSize) + 1 : this.#groups;
    return mostRows * Math.min(this.#groups, groups);
  }

  #openZeros(mostSlices: number, mostRows: number): SliceValues | ZeroStream | null {
    const { zero, zeroStorage, bits } = this.#source;
    if (zero === null || zeroStorage === null) return null;
    if (zeroStorage !== 'stream-along-channels') return new SliceValues(this.#scope, zero, mostSlices);
    return new ZeroStream(this.#scope, zero, bits, this.#groups, mostSlices, mostRows);
  }

  /** Bytes from the start of the window's codes to those of the tile. */
  #byteIn(window: Tile, tile: Tile): number {
    return (tile.row - window.row) * this.#source.rowBytes + this.#byteOf(tile.column) - this.#byteOf(window.column);
  }

  #byteOf(column: number): number {
    return Math.floor((column * this.#codeBits) / 8);
  }

  #loadWindow(window: Tile): void {
    this.#window = null;
    const { codes, rowBytes, view, unit } = this.#source;
    const start = window.row * rowBytes + this.#byteOf(window.column);
    const endColumn = window.column + window.columns;
    const lastRow = window.row + window.rows - 1;
    const lastRowEnd = endColumn === view.inputs ? rowBytes : Math.ceil((endColumn * this.#codeBits) / 8);
    const end = lastRow * rowBytes + lastRowEnd;
    this.#scope.read(codes, start, end - start, this.#codes);
    if (unit === 'tensor') this.#loadSlices(0, 1, { start: 0, end: 1 }, { start: 0, end: 1 });
    else this.#loadGroups(window);
    this.#window = window;
  }

  #loadGroups(window: Tile): void {
    const isAll = this.#groupIndex !== null || window.columns === this.#source.view.inputs;
    const groups = isAll
      ? { start: 0, end: this.#groups }
      : {
          start: Math.floor(window.column / this.#groupSize),
          end: Math.ceil((window.column + window.columns) / this.#groupSize),
        };
    const first = window.row * this.#groups + groups.start;
    const count = window.rows * (groups.end - groups.start);
    this.#loadSlices(first, count, { start: window.row, end: window.row + window.rows }, groups);
  }

  #loadSlices(first: number, count: number, rows: RowRange, groups: RowRange): void {
    this.#windowGroups = groups;
    this.#scale = this.#scales.load(first, count);
    if (this.#zeros instanceof ZeroStream) this.#zero = this.#zeros.load(rows, groups);
    else if (this.#zeros !== null) this.#zero = this.#zeros.load(first, count);
  }

  /** Index of a slice among those that are loaded. */
  #sliceOf(row: number, group: number): number {
    if (this.#source.unit === 'tensor') return 0;
    const { start, end } = this.#windowGroups;
    return (row - (this.#window as Tile).row) * (end - start) + group - start;
  }

  #parametersOf(tile: Tile): SliceParameters {
    const first = 4 * this.#sliceOf(tile.row, Math.floor(tile.column / this.#groupSize));
    const zero = this.#zeros === null ? 0 : this.#zero + first;
    return { scale: this.#scale + first, zero, multiplier: 0, perTensor: this.#source.unit === 'tensor' };
  }

  /** One scale and zero-point an element, where the groups of a tile are not consecutive runs from its first column on. */
  #expand(tile: Tile): SliceParameters {
    const { arena } = this.#scope;
    const bytes = 4 * this.#tileElements;
    this.#expanded ??= { scale: arena.take(bytes), zero: arena.take(bytes) };
    this.#spread(tile, this.#scale, this.#expanded.scale);
    if (this.#zeros !== null) this.#spread(tile, this.#zero, this.#expanded.zero);
    const zero = this.#zeros === null ? 0 : this.#expanded.zero;
    return { scale: this.#expanded.scale, zero, multiplier: 0, perTensor: false };
  }

  #spread(tile: Tile, slices: number, target: number): void {
    const { arena } = this.#scope;
    const ends = this.#sliceOf(tile.row + tile.rows - 1, this.#windowGroups.end);
    const values = arena.floatsAt(slices, Math.max(1, ends));
    const expanded = arena.floatsAt(target, tile.rows * tile.columns);
    let i = 0;
    for (let row = tile.row; row < tile.row + tile.rows; row++) {
      for (let column = tile.column; column < tile.column + tile.columns; column++) {
        const group = this.#groupIndex === null ? Math.floor(column / this.#groupSize) : this.#groupIndex[column]!;
        expanded[i++] = values[this.#sliceOf(row, group)]!;
      }
    }
  }
}

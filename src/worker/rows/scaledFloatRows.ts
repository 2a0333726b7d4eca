import type { PackedScaledFloat } from '../../core/model/model.ts';
import { decodeE2M1 } from '../../core/numbers/e2m1.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, holds, type Tile, type TilePlan } from '../tiles.ts';
import type { RowOptions, RowReader } from './rowReader.ts';
import { SliceValues } from './sliceValues.ts';
import { Windows } from './windows.ts';

const CODE_BITS = { 'f8-e4m3': 8, 'f8-e5m2': 8, 'f4-low-first': 4 } as const;
const SCALE_DTYPES = { float: undefined, 'f8-e4m3': 'F8_E4M3', e8m0: 'F8_E8M0' } as const;

/** Both codes of a byte of E2M1 pairs: the even column in the low nibble. */
const E2M1_PAIRS = Float32Array.from({ length: 512 }, (_, i) => decodeE2M1(i % 2 === 0 ? (i >> 1) & 15 : i >> 5));

/**
 * Rows of narrow floats with scales: x' = f32(value * scale), where an nvfp4 scale is f32(local / global), then one rounding
 * to the loader's dtype. Source: compressed-tensors, `quantization/lifecycle/forward_helpers.py`.
 */
export class ScaledFloatRows implements RowReader {
  readonly #scope: CallScope;
  readonly #source: PackedScaledFloat;
  readonly #codeBits: number;
  readonly #rowBytes: number;
  /** The grid of scales: its columns, inputs per column and channels per row. */
  readonly #groups: number;
  readonly #groupSize: number;
  readonly #blockRows: number;
  readonly #windows: Windows;
  readonly #codes: number;
  readonly #x: number;
  readonly #rounded: number;
  readonly #scales: SliceValues;
  readonly #globalScale: number | null;
  #window: Tile | null = null;
  #scale = 0;
  /** Row of the grid, and slice, that the loaded scales begin with. */
  #firstGridRow = 0;
  #loadedScales = 0;

  constructor(scope: CallScope, source: PackedScaledFloat, range: RowRange, plan: TilePlan, options: RowOptions) {
    this.#scope = scope;
    this.#source = source;
    const { inputs, channels } = source.view;
    this.#codeBits = CODE_BITS[source.codeStorage];
    this.#rowBytes = Math.ceil((inputs * this.#codeBits) / 8);
    this.#groupSize = source.unit === 'group' || source.unit === 'block' ? source.groupSize : Math.max(1, inputs);
    this.#groups = Math.ceil(inputs / this.#groupSize);
    this.#blockRows = source.unit === 'tensor' ? Math.max(1, channels) : source.unit === 'block' ? source.blockRows : 1;
    this.#windows = new Windows(range, inputs, plan, Math.floor((options.blockBytes ?? scope.limits.blockBytes) / 2));
    const { mostRows } = this.#windows;
    this.#codes = scope.arena.take(mostRows * this.#rowBytes);
    this.#x = scope.arena.take(4 * plan.rows * plan.columns);
    this.#rounded = scope.arena.take(2 * plan.rows * plan.columns);
    const mostGridRows = Math.ceil(mostRows / this.#blockRows) + 1;
    const dtype = SCALE_DTYPES[source.scaleStorage] ?? source.scale.dtype;
    this.#scales = new SliceValues(scope, source.scale, mostGridRows * this.#groups, dtype);
    this.#globalScale = this.#readGlobalScale();
  }

  read(tile: Tile): number {
    if (!holds(this.#window, tile)) this.#loadWindow(this.#windows.at(tile));
    const { row, column } = this.#window as Tile;
    const start = (tile.row - row) * this.#rowBytes + this.#byteOf(tile.column) - this.#byteOf(column);
    this.#decodeCodes(this.#codes + start, tile);
    this.#multiply(tile);
    this.#round(elementsOf(tile));
    return this.#x;
  }

  #readGlobalScale(): number | null {
    const { globalScale } = this.#source;
    if (globalScale === null) return null;
    const pointer = new SliceValues(this.#scope, globalScale, 1).load(0, 1);
    return this.#scope.arena.floatsAt(pointer, 1)[0]!;
  }

  #byteOf(column: number): number {
    return Math.floor((column * this.#codeBits) / 8);
  }

  #loadWindow(window: Tile): void {
    this.#window = null;
    const start = window.row * this.#rowBytes + this.#byteOf(window.column);
    const lastRow = window.row + window.rows - 1;
    const end = lastRow * this.#rowBytes + Math.ceil(((window.column + window.columns) * this.#codeBits) / 8);
    this.#scope.read(this.#source.codes, start, end - start, this.#codes);
    this.#firstGridRow = Math.floor(window.row / this.#blockRows);
    const gridRows = Math.floor(lastRow / this.#blockRows) + 1 - this.#firstGridRow;
    this.#loadedScales = gridRows * this.#groups;
    this.#scale = this.#scales.load(this.#firstGridRow * this.#groups, this.#loadedScales);
    if (this.#globalScale !== null) this.#divideByGlobalScale(this.#globalScale);
    this.#window = window;
  }

  #divideByGlobalScale(globalScale: number): void {
    const scales = this.#scope.arena.floatsAt(this.#scale, this.#loadedScales);
    for (let i = 0; i < scales.length; i++) scales[i] = scales[i]! / globalScale;
  }

  #decodeCodes(codes: number, tile: Tile): void {
    const { kernels, arena } = this.#scope;
    const { codeStorage } = this.#source;
    if (codeStorage !== 'f4-low-first') {
      const dtype = codeStorage === 'f8-e4m3' ? 'F8_E4M3' : 'F8_E5M2';
      kernels.decode(dtype, codes, this.#x, elementsOf(tile)); // the rows of a tile are whole, so its codes are one run
      return;
    }
    for (let row = 0; row < tile.rows; row++) {
      const pairs = arena.bytesAt(codes + row * this.#rowBytes, Math.ceil(tile.columns / 2));
      const x = arena.floatsAt(this.#x + 4 * row * tile.columns, tile.columns);
      for (let i = 0; i < x.length; i++) x[i] = E2M1_PAIRS[pairs[i >> 1]! * 2 + (i & 1)]!;
    }
  }

  #multiply(tile: Tile): void {
    const { arena } = this.#scope;
    const x = arena.floatsAt(this.#x, elementsOf(tile));
    const scales = arena.floatsAt(this.#scale, this.#loadedScales);
    for (let row = 0; row < tile.rows; row++) {
      const gridRow = Math.floor((tile.row + row) / this.#blockRows) - this.#firstGridRow;
      let column = tile.column;
      let i = row * tile.columns;
      while (column < tile.column + tile.columns) {
        const group = Math.floor(column / this.#groupSize);
        const groupEnd = Math.min((group + 1) * this.#groupSize, tile.column + tile.columns);
        const scale = scales[gridRow * this.#groups + group]!;
        for (; column < groupEnd; column++, i++) x[i] = x[i]! * scale;
      }
    }
  }

  #round(n: number): void {
    const { roundTo } = this.#source;
    if (roundTo === null) return;
    this.#scope.kernels.encodeFloat(roundTo, this.#x, this.#rounded, n);
    this.#scope.kernels.decode(roundTo, this.#rounded, this.#x, n);
  }
}

import { Failure } from '../../core/failure.ts';
import type { PackedCodebook, StoredTensor } from '../../core/model/model.ts';
import { blockCodebookOf } from '../../core/quantizers/blockCodebook.ts';
import { unnestScales } from '../../core/quantizers/nestedScales.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, holds, type Tile, type TilePlan } from '../tiles.ts';
import type { RowOptions, RowReader } from './rowReader.ts';
import { Windows } from './windows.ts';

type Blocks = NonNullable<PackedCodebook['blocks']>;

/** Rows of 4-bit codes whose levels are stretched by the scale of a block of the flattened view (NF4, FP4). */
export class BlockRows implements RowReader {
  readonly #scope: CallScope;
  readonly #source: PackedCodebook;
  readonly #blocks: Blocks;
  readonly #windows: Windows;
  readonly #codes: number;
  readonly #x: number;
  readonly #levels: number;
  readonly #scales: number;
  readonly #nested: NestedReader | null;
  #window: Tile | null = null;
  /** Block whose scale is the first that is loaded. */
  #firstBlock = 0;

  constructor(scope: CallScope, source: PackedCodebook, range: RowRange, plan: TilePlan, options: RowOptions) {
    if (source.blocks === null) throw new Error(`${source.codes.name}: a codebook of unit block has blocks`);
    this.#scope = scope;
    this.#source = source;
    this.#blocks = source.blocks;
    const { inputs } = source.view;
    this.#windows = new Windows(range, inputs, plan, Math.floor((options.blockBytes ?? scope.limits.blockBytes) / 2));
    const { mostRows, mostElements } = this.#windows;
    const mostBlocks = Math.ceil(mostElements / this.#blocks.size) + 1;
    const isStream = source.codeStorage === 'stream';
    this.#codes = scope.arena.take(isStream ? mostRows * source.rowBytes : Math.ceil(mostElements / 2) + 1);
    this.#x = scope.arena.take(4 * plan.rows * plan.columns);
    this.#scales = scope.arena.take(4 * mostBlocks);
    this.#levels = takeLevels(scope, source.levels);
    this.#nested = this.#blocks.nested === null ? null : new NestedReader(scope, this.#blocks, mostBlocks);
  }

  read(tile: Tile): number {
    if (!holds(this.#window, tile)) this.#loadWindow(this.#windows.at(tile));
    const { codeStorage, rowBytes, view } = this.#source;
    const isOneRun = codeStorage === 'nibbles' || 2 * rowBytes === view.inputs;
    const runs = isOneRun ? 1 : tile.rows;
    const elements = elementsOf(tile) / runs;
    for (let run = 0; run < runs; run++) {
      this.#decode({ ...tile, row: tile.row + run }, this.#x + 4 * run * elements, elements);
    }
    return this.#x;
  }

  /** A run that begins where the tile does. */
  #decode({ row, column }: Tile, x: number, elements: number): void {
    const { codeStorage, view, roundTo } = this.#source;
    const { size } = this.#blocks;
    const first = row * view.inputs + column;
    const block = Math.floor(first / size);
    const scales = this.#scales + 4 * (block - this.#firstBlock);
    const run = { x, elements, blockSize: size, skipped: first % size, scales };
    const { codes, firstCode } = this.#codesAt(row, column);
    this.#scope.kernels.blockDecode(run, this.#levels, codes, firstCode, codeStorage === 'nibbles', roundTo);
  }

  #codesAt(row: number, column: number): { readonly codes: number; readonly firstCode: number } {
    const window = this.#window as Tile;
    const { codeStorage, rowBytes, view } = this.#source;
    if (codeStorage === 'stream') {
      const byte = (row - window.row) * rowBytes + (column >> 1) - (window.column >> 1);
      return { codes: this.#codes + byte, firstCode: column & 1 };
    }
    const windowByte = Math.floor((window.row * view.inputs + window.column) / 2);
    const first = row * view.inputs + column;
    return { codes: this.#codes + Math.floor(first / 2) - windowByte, firstCode: first % 2 };
  }

  #loadWindow(window: Tile): void {
    this.#window = null;
    const { codes, codeStorage, rowBytes, view } = this.#source;
    const { size, scale, nested } = this.#blocks;
    const first = window.row * view.inputs + window.column;
    // A window is one run of the flattened view: whole rows, or a part of one.
    const end = first + elementsOf(window);
    if (codeStorage === 'nibbles') {
      const start = Math.floor(first / 2);
      this.#scope.read(codes, start, Math.ceil(end / 2) - start, this.#codes);
    } else {
      const start = window.row * rowBytes + (window.column >> 1);
      const endColumn = window.column + window.columns;
      const lastRow = (window.row + window.rows - 1) * rowBytes;
      this.#scope.read(codes, start, lastRow + Math.ceil(endColumn / 2) - start, this.#codes);
    }
    this.#firstBlock = Math.floor(first / size);
    const blocks = Math.ceil(end / size) - this.#firstBlock;
    if (nested === null) this.#scope.read(scale, 4 * this.#firstBlock, 4 * blocks, this.#scales);
    else this.#nested?.load(this.#firstBlock, blocks, this.#scales);
    this.#window = window;
  }
}

/** F32 [16] in kernel memory. */
function takeLevels(scope: CallScope, levels: PackedCodebook['levels']): number {
  const pointer = scope.arena.take(4 * 16);
  if (typeof levels === 'string') scope.arena.floatsAt(pointer, 16).set(blockCodebookOf(levels).levels);
  else scope.read(levels, 0, 4 * 16, pointer);
  return pointer;
}

/** Block scales that are quantized in turn. */
class NestedReader {
  readonly #scope: CallScope;
  readonly #codes: StoredTensor;
  readonly #nested: NonNullable<Blocks['nested']>;
  readonly #codeBytes: number;
  readonly #scales: number;
  readonly #map: Float32Array;
  readonly #offset: number;

  constructor(scope: CallScope, { scale, nested }: Blocks, mostBlocks: number) {
    if (nested === null) throw new Error(`${scale.name}: its scales are not quantized`);
    this.#scope = scope;
    this.#codes = scale;
    this.#nested = nested;
    this.#codeBytes = scope.arena.take(mostBlocks);
    this.#scales = scope.arena.take(4 * (Math.ceil(mostBlocks / nested.size) + 1));
    this.#map = readFloats(scope, nested.map, 256);
    this.#offset = typeof nested.offset === 'number' ? nested.offset : readFloats(scope, nested.offset, 1)[0]!;
    if (!Number.isFinite(this.#offset)) {
      const why = 'the mean of its block scales is no number';
      throw new Failure('format/unreadable', { tensor: scale.name, format: 'bitsandbytes', why });
    }
  }

  /** F32 of the blocks from `first` on, at `target`. */
  load(first: number, blocks: number, target: number): void {
    const { arena } = this.#scope;
    const { size, scale } = this.#nested;
    const firstScale = Math.floor(first / size);
    const scales = Math.ceil((first + blocks) / size) - firstScale;
    this.#scope.read(this.#codes, first, blocks, this.#codeBytes);
    this.#scope.read(scale, 4 * firstScale, 4 * scales, this.#scales);
    const nested = { codes: arena.bytesAt(this.#codeBytes, blocks), scales: arena.floatsAt(this.#scales, scales) };
    unnestScales(nested, this.#map, size, this.#offset, arena.floatsAt(target, blocks), first % size);
  }
}

function readFloats(scope: CallScope, stored: StoredTensor, n: number): Float32Array {
  const pointer = scope.arena.take(4 * n);
  scope.read(stored, 0, 4 * n, pointer);
  return scope.arena.floatsAt(pointer, n).slice();
}

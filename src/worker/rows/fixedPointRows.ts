import { Failure } from '../../core/failure.ts';
import type { PackedFixedPoint, StoredTensor } from '../../core/model/model.ts';
import { FRACTION_BITS } from '../../core/quantizers/presets.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, holds, type Tile, type TilePlan } from '../tiles.ts';
import { RawRows } from './rawRows.ts';
import type { RowOptions, RowReader } from './rowReader.ts';
import { Windows } from './windows.ts';

/** Rows of fixed point, x' = f32(q·2^-n). @throws Failure `file/*`, `format/unreadable` */
export function openFixedPoint(
  scope: CallScope,
  source: PackedFixedPoint,
  range: RowRange,
  plan: TilePlan,
  { blockBytes }: RowOptions,
): RowReader {
  const step = scope.arena.take(4);
  const fractionBits = readFractionBits(scope, source.fractionBits, step);
  scope.arena.floatsAt(step, 1)[0] = 2 ** -fractionBits;
  if (source.codeStorage === 'stream') return new StreamRows(scope, source, range, plan, blockBytes, step);
  const view = { ...source.view, transposed: false };
  return new WideRows(scope, new RawRows(scope, source.codes, view, range, plan, { blockBytes }), step);
}

function readFractionBits(scope: CallScope, stored: StoredTensor, buffer: number): number {
  scope.read(stored, 0, 4, buffer);
  const [word = 0] = scope.arena.wordsAt(buffer, 1);
  const fractionBits = word | 0;
  const { from, to } = FRACTION_BITS;
  if (fractionBits >= from && fractionBits <= to) return fractionBits;
  const why = `${fractionBits} bits after the point are none of ${from} to ${to}`;
  throw new Failure('format/unreadable', { tensor: stored.name, format: 'loupe', why });
}

/** I16 and I32 codes. */
class WideRows implements RowReader {
  readonly #scope: CallScope;
  readonly #codes: RowReader;
  readonly #step: number;

  constructor(scope: CallScope, codes: RowReader, step: number) {
    this.#scope = scope;
    this.#codes = codes;
    this.#step = step;
  }

  read(tile: Tile): number {
    const x = this.#codes.read(tile);
    this.#scope.kernels.multiplyRows(x, 1, elementsOf(tile), this.#step, true);
    return x;
  }
}

/** A stream of codes of up to 8 bits: decoded as affine ones of scale 2^-n. */
class StreamRows implements RowReader {
  readonly #scope: CallScope;
  readonly #source: PackedFixedPoint;
  readonly #windows: Windows;
  readonly #codes: number;
  readonly #x: number;
  readonly #step: number;
  #window: Tile | null = null;

  constructor(
    scope: CallScope,
    source: PackedFixedPoint,
    range: RowRange,
    plan: TilePlan,
    blockBytes: number | undefined,
    step: number,
  ) {
    this.#scope = scope;
    this.#source = source;
    this.#step = step;
    const mostElements = Math.floor((blockBytes ?? scope.limits.blockBytes) / 2);
    this.#windows = new Windows(range, source.view.inputs, plan, mostElements);
    this.#codes = scope.arena.take(this.#windows.mostRows * source.rowBytes);
    this.#x = scope.arena.take(4 * plan.rows * plan.columns);
  }

  read(tile: Tile): number {
    if (!holds(this.#window, tile)) this.#loadWindow(this.#windows.at(tile));
    const { row, column } = this.#window as Tile;
    const { bits, rowBytes } = this.#source;
    const codes = this.#codes + (tile.row - row) * rowBytes + ((tile.column - column) * bits) / 8;
    const block = { x: this.#x, rows: tile.rows, inputs: tile.columns, groupSize: Math.max(1, tile.columns) };
    const parameters = { scale: this.#step, zero: 0, multiplier: 0, perTensor: true };
    this.#scope.kernels.affineDecode(block, 'scaled', codes, 'stream', bits, rowBytes, parameters, null);
    return this.#x;
  }

  #loadWindow(window: Tile): void {
    this.#window = null;
    const { bits, rowBytes } = this.#source;
    const start = window.row * rowBytes + (window.column * bits) / 8;
    const lastRow = (window.row + window.rows - 1) * rowBytes;
    const end = lastRow + Math.ceil(((window.column + window.columns) * bits) / 8);
    this.#scope.read(this.#source.codes, start, end - start, this.#codes);
    this.#window = window;
  }
}

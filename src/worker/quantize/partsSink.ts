import { dtypeBits } from 'safetensors-js';
import type { View2D } from '../../core/model/model.ts';
import type { NestedScales } from '../../core/quantizers/nestedScales.ts';
import type { PartTarget, RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, type Tile, type TilePlan } from '../tiles.ts';
import { writeNestedPart } from './nestedParts.ts';
import { NibblesPart } from './nibblesPart.ts';
import { OutliersPart } from './outliersPart.ts';
import { PartWriter } from './partWriter.ts';
import type { CodesPlace, EncodedTile, PassSink, SignPlanes, StoredParameters } from './passSink.ts';
import { PlanesPart } from './planesPart.ts';
import { SignedCodesPart } from './signedCodesPart.ts';
import type { SliceGrid } from './sliceGrid.ts';
import { openValuesPart, type ValuesPart } from './valuesPart.ts';
import { ZeroStreamPart } from './zeroStreamPart.ts';

interface CodesPart {
  readonly writer: Pick<PartWriter, 'place' | 'flush'>;
  readonly bits: number;
  readonly rowBytes: number;
}

/** Takes the parameters of the next slices. */
type TakeParameters = (slices: number, parameters: StoredParameters) => void;

/** Writes the parts of a packed tensor, each as a chunk's run of bytes at its place in the file. */
export class PartsSink implements PassSink {
  readonly #scope: CallScope;
  readonly #view: View2D;
  readonly #rows: RowRange;
  readonly #plan: TilePlan;
  readonly #grid: SliceGrid;
  #codes: CodesPart | null = null;
  #nibbles: NibblesPart | null = null;
  readonly #nested: ((nested: NestedScales, offset: number) => void)[] = [];
  readonly #parameters: TakeParameters[] = [];
  readonly #values: ValuesPart[] = [];
  readonly #apart: OutliersPart[] = [];
  readonly #unscaled: ValuesPart[] = [];
  #fractionBits: number | null = null;
  readonly #planes: ((tile: Tile, planes: SignPlanes) => void)[] = [];
  readonly #finish: (() => void)[] = [];

  constructor(
    scope: CallScope,
    targets: readonly PartTarget[],
    view: View2D,
    rows: RowRange,
    plan: TilePlan,
    grid: SliceGrid,
  ) {
    this.#scope = scope;
    this.#view = view;
    this.#rows = rows;
    this.#plan = plan;
    this.#grid = grid;
    for (const target of targets) this.#open(target);
  }

  get wantsDecoded(): boolean {
    return this.#values.length > 0;
  }

  get wantsUnscaled(): boolean {
    return this.#unscaled.length > 0;
  }

  placeCodes(tile: Tile): CodesPlace | null {
    if (this.#codes === null) return null;
    const { writer, bits, rowBytes } = this.#codes;
    const start = (tile.column * bits) / 8;
    const isToRowEnd = tile.column + tile.columns === this.#view.inputs;
    // Padding belongs to the last part of a row.
    const tileRowBytes = isToRowEnd ? rowBytes - start : (tile.columns * bits) / 8;
    return { pointer: writer.place(tile.rows * tileRowBytes), rowBytes: tileRowBytes };
  }

  takeParameters(slices: number, parameters: StoredParameters): void {
    // The one parameter of a tensor is written by its first chunk.
    if (this.#grid.perTensor && this.#rows.start > 0) return;
    for (const take of this.#parameters) take(slices, parameters);
  }

  get wantsCodes(): boolean {
    return this.#codes !== null || this.#nibbles !== null;
  }

  takeCodes(tile: Tile, codes: number): void {
    this.#nibbles?.take(codes, elementsOf(tile));
    const place = this.placeCodes(tile);
    if (place === null) return;
    const { kernels } = this.#scope;
    // Rows without padding are one run.
    const isOneRun = 2 * place.rowBytes === tile.columns;
    const [rows, columns] = isOneRun ? [1, elementsOf(tile)] : [tile.rows, tile.columns];
    for (let row = 0; row < rows; row++) {
      kernels.packNibbles(codes + row * columns, columns, false, place.pointer + row * place.rowBytes);
    }
  }

  takeNested(nested: NestedScales, offset: number): void {
    for (const take of this.#nested) take(nested, offset);
  }

  takeApart(tile: Tile, x: number): void {
    for (const part of this.#apart) part.take(tile, x);
  }

  takeDecoded(tile: Tile, _x: number, decoded: number, encoded: EncodedTile | null): void {
    for (const values of this.#values) values.take(tile, decoded, encoded);
  }

  takeUnscaled(tile: Tile, unscaled: number): void {
    for (const values of this.#unscaled) values.take(tile, unscaled, null);
  }

  takeFraction(fractionBits: number): void {
    this.#fractionBits = fractionBits;
  }

  takePlanes(tile: Tile, planes: SignPlanes): void {
    for (const take of this.#planes) take(tile, planes);
  }

  /** Writes what is not written yet. @throws Failure `save/*` */
  finish(): void {
    for (const finish of this.#finish) finish();
  }

  #open(target: PartTarget): void {
    const { content, dtype } = target.part;
    switch (content.kind) {
      case 'codes':
        this.#openCodes(target, content.bits, content.rowBytes);
        return;
      case 'scale':
      case 'block-scale':
        this.#openFloats(target, dtype, 1, ({ scale = 0 }) => scale);
        return;
      case 'zero':
        this.#openFloats(target, dtype, 1, ({ zero = 0 }) => zero);
        return;
      case 'codebook':
        this.#openFloats(target, dtype, target.part.shape.at(-1) ?? 0, ({ levels = 0 }) => levels);
        return;
      case 'nibbles':
        this.#openNibbles(target, content.padding);
        return;
      case 'nested-codes':
      case 'nested-scale':
      case 'nested-offset':
      case 'text': {
        const firstBlock = this.#sliceRange().start;
        this.#nested.push((nested, mean) => writeNestedPart(this.#scope, target, content, firstBlock, nested, mean));
        return;
      }
      case 'zero-stream': {
        const part = new ZeroStreamPart(this.#scope, target, content.bits, this.#grid.perRow, this.#rows);
        this.#parameters.push((slices, { zero = 0 }) => part.take(slices, zero));
        this.#finish.push(() => part.finish());
        return;
      }
      case 'wide-codes': {
        const elementBytes = dtypeBits(dtype) / 8;
        this.#openCodes(target, 8 * elementBytes, elementBytes * this.#view.inputs);
        return;
      }
      case 'fraction':
        if (this.#rows.start === 0) this.#finish.push(() => this.#writeFraction(target));
        return;
      case 'planes': {
        const part = new PlanesPart(this.#scope, target, this.#view, this.#rows, this.#plan);
        this.#planes.push((tile, { codes }) => part.take(tile, codes));
        this.#finish.push(() => part.finish());
        return;
      }
      case 'alpha': {
        const planeCount = target.part.shape[1] ?? 0;
        const writer = this.#openSlices(target, 2 * planeCount);
        this.#planes.push((_tile, { alpha, slices }) => {
          const n = slices * planeCount;
          this.#scope.kernels.encodeFloat('F16', alpha, writer.place(2 * n), n);
        });
        return;
      }
      case 'signed-codes':
        this.#openSignedCodes(target);
        return;
      case 'outliers': {
        const part = new OutliersPart(this.#scope, target, content.columns, this.#rows, this.#plan);
        this.#apart.push(part);
        this.#finish.push(() => part.finish());
        return;
      }
      case 'values':
        this.#openValues(target, this.#values);
        return;
      case 'unscaled-values':
        this.#openValues(target, this.#unscaled);
        return;
      case 'constant':
        if (this.#rows.start === 0) {
          this.#finish.push(() => this.#scope.write(target.path, target.offset, content.bytes));
        }
        return;
      case 'copy':
        throw new Error(`${target.part.name}: a copy is no part of a quantized tensor`);
    }
  }

  #openCodes({ path, offset }: PartTarget, bits: number, rowBytes: number): void {
    const { start, end } = this.#rows;
    const padding = rowBytes - Math.ceil((this.#view.inputs * bits) / 8);
    const most = this.#plan.rows * (Math.ceil((this.#plan.columns * bits) / 8) + padding);
    const writer = new PartWriter(this.#scope, path, offset + start * rowBytes, (end - start) * rowBytes, most);
    this.#codes = { writer, bits, rowBytes };
    this.#finish.push(() => writer.flush());
  }

  #openValues(target: PartTarget, parts: ValuesPart[]): void {
    const part = openValuesPart(this.#scope, target, this.#view, this.#rows, this.#plan);
    parts.push(part);
    this.#finish.push(() => part.finish());
  }

  #writeFraction({ path, offset, part }: PartTarget): void {
    if (this.#fractionBits === null) throw new Error(`${part.name}: no pass told the bits after the point`);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, this.#fractionBits, true);
    this.#scope.write(path, offset, bytes);
  }

  #openNibbles(target: PartTarget, padding: number): void {
    const { rows, columns } = this.#plan;
    const part = new NibblesPart(this.#scope, target, this.#view, this.#rows, rows * columns, padding);
    this.#nibbles = part;
    this.#finish.push(() => part.finish());
  }

  #openSignedCodes({ path, offset }: PartTarget): void {
    const { inputs } = this.#view;
    const { start, end } = this.#rows;
    const most = this.#plan.rows * this.#plan.columns;
    const bytes = new PartWriter(this.#scope, path, offset + start * inputs, (end - start) * inputs, most);
    const writer = new SignedCodesPart(this.#scope, bytes);
    this.#codes = { writer, bits: 8, rowBytes: inputs };
    this.#finish.push(() => writer.flush());
  }

  /** A part of `perSlice` floats a slice, which `pointerOf` finds among the parameters. */
  #openFloats(
    target: PartTarget,
    dtype: string,
    perSlice: number,
    pointerOf: (parameters: StoredParameters) => number,
  ): void {
    if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') throw new Error(`no parameter is stored as ${dtype}`);
    const sliceBytes = (perSlice * dtypeBits(dtype)) / 8;
    const writer = this.#openSlices(target, sliceBytes);
    this.#parameters.push((slices, parameters) => {
      const pointer = pointerOf(parameters);
      this.#scope.kernels.encodeFloat(dtype, pointer, writer.place(sliceBytes * slices), slices * perSlice);
    });
  }

  /** Slices of the chunk, counted in the tensor. */
  #sliceRange(): RowRange {
    const { perTensor, perRow, blockSize } = this.#grid;
    const { start, end } = this.#rows;
    if (perTensor) return { start: 0, end: 1 };
    if (blockSize === undefined) return { start: start * perRow, end: end * perRow };
    const { inputs } = this.#view;
    return { start: (start * inputs) / blockSize, end: Math.ceil((end * inputs) / blockSize) };
  }

  /** A writer of so many bytes a slice. */
  #openSlices({ path, offset }: PartTarget, sliceBytes: number): PartWriter {
    const { start, end } = this.#sliceRange();
    const place = offset + start * sliceBytes;
    const most = this.#grid.atOnce * sliceBytes;
    const writer = new PartWriter(this.#scope, path, place, (end - start) * sliceBytes, most);
    this.#finish.push(() => writer.flush());
    return writer;
  }
}

import { dtypeBits } from 'safetensors-js';
import type { View2D } from '../../core/model/model.ts';
import type { SliceParameters } from '../../kernels/kernels.ts';
import type { PartTarget, RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { Tile, TilePlan } from '../tiles.ts';
import { PartWriter } from './partWriter.ts';
import type { CodesPlace, EncodedTile, PassSink } from './passSink.ts';
import { openValuesPart, type ValuesPart } from './valuesPart.ts';
import { ZeroStreamPart } from './zeroStreamPart.ts';

/** How the slices of an item lie: `perRow` in each channel, or one for the whole tensor; at most `atOnce` come together. */
export interface SliceGrid {
  readonly perTensor: boolean;
  readonly perRow: number;
  readonly atOnce: number;
}

interface CodesPart {
  readonly writer: PartWriter;
  readonly bits: number;
  readonly rowBytes: number;
}

/** Takes the parameters of the next slices. */
type TakeParameters = (slices: number, parameters: SliceParameters) => void;

/** Writes the parts of a packed tensor, each as a chunk's run of bytes at its place in the file. */
export class PartsSink implements PassSink {
  readonly #scope: CallScope;
  readonly #view: View2D;
  readonly #rows: RowRange;
  readonly #plan: TilePlan;
  readonly #grid: SliceGrid;
  #codes: CodesPart | null = null;
  readonly #parameters: TakeParameters[] = [];
  readonly #values: ValuesPart[] = [];
  readonly #unscaled: ValuesPart[] = [];
  #fractionBits: number | null = null;
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

  takeParameters(slices: number, parameters: SliceParameters): void {
    // The one parameter of a tensor is written by its first chunk.
    if (this.#grid.perTensor && this.#rows.start > 0) return;
    for (const take of this.#parameters) take(slices, parameters);
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
        this.#openScale(target, dtype);
        return;
      case 'zero': {
        const writer = this.#openSlices(target, 4);
        this.#parameters.push((slices, { zero }) =>
          this.#scope.kernels.encodeFloat('F32', zero, writer.place(4 * slices), slices),
        );
        return;
      }
      case 'zero-stream': {
        const part = new ZeroStreamPart(this.#scope, target, content.bits, this.#grid.perRow, this.#rows);
        this.#parameters.push((slices, { zero }) => part.take(slices, zero));
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

  #openScale(target: PartTarget, dtype: string): void {
    if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') throw new Error(`no scale is stored as ${dtype}`);
    const elementBytes = dtypeBits(dtype) / 8;
    const writer = this.#openSlices(target, elementBytes);
    this.#parameters.push((slices, { scale }) =>
      this.#scope.kernels.encodeFloat(dtype, scale, writer.place(elementBytes * slices), slices),
    );
  }

  /** A writer of one value a slice. */
  #openSlices({ path, offset }: PartTarget, elementBytes: number): PartWriter {
    const { perTensor, perRow, atOnce } = this.#grid;
    const { start: firstRow, end } = this.#rows;
    const first = perTensor ? 0 : firstRow * perRow;
    const slices = perTensor ? 1 : (end - firstRow) * perRow;
    const start = offset + first * elementBytes;
    const writer = new PartWriter(this.#scope, path, start, slices * elementBytes, atOnce * elementBytes);
    this.#finish.push(() => writer.flush());
    return writer;
  }
}

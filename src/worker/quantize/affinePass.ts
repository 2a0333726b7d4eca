import type { AffineQuantizer, RangeRule } from '../../core/quantizers/quantizer.ts';
import type { TensorRange } from '../../core/quantizers/tensorSearch.ts';
import type { Block, SliceParameters, SumsWanted } from '../../kernels/kernels.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { RowReader } from '../rows/rowReader.ts';
import type { RunRecords } from '../runRecords.ts';
import { elementsOf, type Tile, tilesOf } from '../tiles.ts';
import type { AffinePlan } from './affinePlan.ts';
import type { ColumnsApart } from './columnsApart.ts';
import { countDistantSlices } from './distantSlices.ts';
import type { PassNotes } from './passNotes.ts';
import type { PassSink } from './passSink.ts';
import { Proposals } from './proposals.ts';
import { takeParameters } from './takeParameters.ts';

/** What an affine pass reads and where its results go. */
export interface AffineJob {
  readonly quantizer: AffineQuantizer;
  readonly roundTo: 'BF16' | 'F16' | null;
  readonly wanted: SumsWanted;
  readonly plan: AffinePlan;
  readonly rows: RowRange;
  readonly inputs: number;
  /** Unit tensor: the range of the whole tensor, clipped. */
  readonly range: TensorRange | null;
  /** Rounds of HQQ's solver; 0 without one. */
  readonly rounds: number;
  /** A clip or a zero-point for each slice that a GPU found; null: the pass searches. */
  readonly proposals: Float32Array | null;
  readonly reader: RowReader;
  /** The reader, where it keeps columns apart. */
  readonly apart: ColumnsApart | null;
  readonly runs: RunRecords;
  readonly sink: PassSink;
}

/** Search and clip, then encode: parameters of every slice by the kernels, then codes, x' and the error with them, tile by tile. */
export class AffinePass {
  readonly #scope: CallScope;
  readonly #job: AffineJob;
  readonly #low: number;
  readonly #high: number;
  readonly #parameters: SliceParameters;
  readonly #decoded: number;
  /** Room for the parameters of each element: see `#expand`. */
  #expanded: SliceParameters | null = null;
  readonly #proposals: Proposals | null;
  #saturatedScales = 0;
  #distantSlices = 0;

  constructor(scope: CallScope, job: AffineJob) {
    this.#scope = scope;
    this.#job = job;
    const { plan, quantizer, sink, apart } = job;
    const { atOnce, perTensor } = plan.grid;
    this.#low = scope.arena.take(4 * atOnce);
    this.#high = scope.arena.take(4 * atOnce);
    this.#parameters = takeParameters(scope, quantizer, atOnce, perTensor);
    this.#proposals = job.proposals === null ? null : new Proposals(scope, job.proposals, 1, atOnce);
    this.#decoded =
      sink.wantsDecoded || apart !== null ? scope.arena.take(4 * plan.tiles.rows * plan.tiles.columns) : 0;
  }

  async run(): Promise<PassNotes> {
    const { plan } = this.#job;
    if (plan.grid.perTensor) this.#setTensorRange();
    if (plan.isSearchedByRow) await this.#runByRow();
    else await this.#runByTile();
    const notes = { saturatedScales: this.#saturatedScales, distantSlices: this.#distantSlices };
    return this.#proposals === null ? notes : { ...notes, refusedProposals: this.#proposals.refused };
  }

  async #runByTile(): Promise<void> {
    const { rows, inputs, plan, reader } = this.#job;
    for (const tile of tilesOf(rows, inputs, plan.tiles)) {
      const x = reader.read(tile);
      if (!plan.grid.perTensor) this.#searchTile(x, tile);
      this.#encode(x, tile, Math.min(plan.groupSize, tile.columns), this.#parameters);
      if (this.#scope.isPauseDue) await this.#scope.hearStop();
    }
  }

  #searchTile(x: number, tile: Tile): void {
    const { plan, quantizer } = this.#job;
    const groupSize = Math.min(plan.groupSize, tile.columns);
    const block = { x, rows: tile.rows, inputs: tile.columns, groupSize };
    this.#scope.kernels.affineSearch(block, quantizer.range, this.#low, this.#high, false);
    const slices = tile.rows * Math.ceil(tile.columns / groupSize);
    this.#clip(block, slices);
    this.#deriveParameters(slices, block);
  }

  #clip(block: Block, slices: number): void {
    const { quantizer } = this.#job;
    const { kernels } = this.#scope;
    const proposals = quantizer.clip?.kind === 'mse' ? this.#proposals : null;
    if (proposals === null) kernels.clipRanges(block, quantizer, this.#low, this.#high);
    else proposals.refused += kernels.takeClips(block, quantizer, this.#low, this.#high, proposals.take(slices));
  }

  /** Moves the zero-points by HQQ's solver, or to what is proposed. */
  #solve(block: Block, slices: number): void {
    const { quantizer, rounds } = this.#job;
    const { kernels } = this.#scope;
    const proposals = this.#proposals;
    if (proposals === null) kernels.hqqSolve(block, quantizer.hi, rounds, this.#parameters, 0);
    else proposals.refused += kernels.takeZeros(block, quantizer.hi, this.#parameters, proposals.take(slices));
  }

  /** @param block the slices, where they lie whole in it: a solver needs them */
  #deriveParameters(slices: number, block: Block | null): void {
    const { quantizer, sink } = this.#job;
    const { kernels } = this.#scope;
    this.#saturatedScales += kernels.affineParameters(quantizer, slices, this.#low, this.#high, this.#parameters);
    if (quantizer.solver === 'hqq' && block !== null) this.#solve(block, slices);
    this.#distantSlices += countDistantSlices(this.#scope.arena, quantizer.rule, slices, this.#parameters);
    sink.takeParameters(slices, this.#parameters);
  }

  #setTensorRange(): void {
    const { range, quantizer, rows } = this.#job;
    if (range === null) throw new Error('a quantizer of unit tensor needs the range of the tensor');
    const [low, high] = RANGE_ENDS[quantizer.range](range);
    this.#scope.arena.floatsAt(this.#low, 1)[0] = low;
    this.#scope.arena.floatsAt(this.#high, 1)[0] = high;
    this.#deriveParameters(1, null);
    // The scale is one of the tensor, not of each chunk.
    if (rows.start > 0) {
      this.#saturatedScales = 0;
      this.#distantSlices = 0;
    }
  }

  /** Slices longer than a tile, without a clip rule: every row is searched part by part, then encoded part by part. */
  async #runByRow(): Promise<void> {
    const { rows, inputs, plan, reader } = this.#job;
    for (let row = rows.start; row < rows.end; row++) {
      await this.#searchRow(row);
      for (const tile of tilesOf({ start: row, end: row + 1 }, inputs, plan.tiles)) {
        this.#encodePart(reader.read(tile), tile);
        if (this.#scope.isPauseDue) await this.#scope.hearStop();
      }
    }
  }

  async #searchRow(row: number): Promise<void> {
    const { inputs, plan, quantizer, reader } = this.#job;
    for (const tile of tilesOf({ start: row, end: row + 1 }, inputs, plan.tiles)) {
      const x = reader.read(tile);
      for (let column = tile.column; column < tile.column + tile.columns; ) {
        const group = Math.floor(column / plan.groupSize);
        const end = Math.min((group + 1) * plan.groupSize, tile.column + tile.columns);
        const columns = end - column;
        const block = { x: x + 4 * (column - tile.column), rows: 1, inputs: columns, groupSize: columns };
        const isContinued = column > group * plan.groupSize;
        const [low, high] = [this.#low + 4 * group, this.#high + 4 * group];
        this.#scope.kernels.affineSearch(block, quantizer.range, low, high, isContinued);
        column = end;
      }
      if (this.#scope.isPauseDue) await this.#scope.hearStop();
    }
    this.#deriveParameters(plan.grid.perRow, null);
  }

  #encodePart(x: number, tile: Tile): void {
    const { groupSize } = this.#job.plan;
    const group = Math.floor(tile.column / groupSize);
    const isOneGroup = tile.column + tile.columns <= (group + 1) * groupSize;
    if (isOneGroup) this.#encode(x, tile, tile.columns, parametersFrom(this.#parameters, group));
    else this.#encode(x, tile, 1, this.#expand(tile));
  }

  /** Parameters of each element, for a part of a row that begins inside a group and reaches into the next. */
  #expand(tile: Tile): SliceParameters {
    const { quantizer, plan } = this.#job;
    const { arena } = this.#scope;
    this.#expanded ??= takeParameters(this.#scope, quantizer, plan.tiles.columns, false);
    for (const part of ['scale', 'zero', 'multiplier'] as const) {
      if (this.#parameters[part] === 0) continue;
      const slices = arena.floatsAt(this.#parameters[part], plan.grid.perRow);
      const elements = arena.floatsAt(this.#expanded[part], tile.columns);
      for (let i = 0; i < elements.length; i++) elements[i] = slices[Math.floor((tile.column + i) / plan.groupSize)]!;
    }
    return this.#expanded;
  }

  #encode(x: number, tile: Tile, groupSize: number, parameters: SliceParameters): void {
    const { quantizer, roundTo, wanted, sink, apart } = this.#job;
    const runs = apart?.unwanted ?? this.#job.runs;
    const block = { x, rows: tile.rows, inputs: tile.columns, groupSize };
    const codes = sink.placeCodes(tile);
    this.#scope.kernels.affineEncode(
      block,
      quantizer,
      parameters,
      roundTo,
      codes?.pointer ?? 0,
      codes?.rowBytes ?? 0,
      this.#decoded,
      runs.state,
      wanted,
    );
    runs.advance(elementsOf(tile));
    apart?.settle(tile, this.#decoded);
    if (sink.wantsDecoded) sink.takeDecoded(tile, apart?.original ?? x, this.#decoded, null);
  }
}

/** The ends that `affineSearch` would find over the whole tensor. */
const RANGE_ENDS: Readonly<Record<RangeRule, (range: TensorRange) => readonly [low: number, high: number]>> = {
  'max-magnitude': ({ min, max }) => [0, Math.max(-min, max, 0)],
  'signed-extreme': ({ signedExtreme }) => [0, signedExtreme],
  'min-max': ({ min, max }) => [min, max],
  'min-max-zero': ({ min, max }) => [Math.min(min, 0), Math.max(max, 0)],
};

function parametersFrom({ scale, zero, multiplier }: SliceParameters, slice: number): SliceParameters {
  const shift = (pointer: number): number => (pointer === 0 ? 0 : pointer + 4 * slice);
  return { scale: shift(scale), zero: shift(zero), multiplier: shift(multiplier), perTensor: false };
}

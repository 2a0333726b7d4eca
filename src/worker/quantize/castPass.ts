import { scaleOfCast } from '../../core/quantizers/castScale.ts';
import type { AffineQuantizer, CastQuantizer } from '../../core/quantizers/quantizer.ts';
import type { TensorRange } from '../../core/quantizers/tensorSearch.ts';
import type { SliceParameters, SumsWanted } from '../../kernels/kernels.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { RowReader } from '../rows/rowReader.ts';
import type { RunRecords } from '../runRecords.ts';
import { elementsOf, type Tile, tilesOf } from '../tiles.ts';
import type { CastPlan } from './castPlan.ts';
import type { PassSink } from './passSink.ts';

/** What a pass of casts reads and where its results go. */
export interface CastJob {
  readonly quantizer: CastQuantizer;
  readonly roundTo: 'BF16' | 'F16' | null;
  readonly wanted: SumsWanted;
  readonly plan: CastPlan;
  readonly rows: RowRange;
  readonly inputs: number;
  /** One scale for the tensor: its range. */
  readonly range: TensorRange | null;
  readonly reader: RowReader;
  readonly runs: RunRecords;
  readonly sink: PassSink;
}

/** Casts tile by tile; where there are scales, that of a channel is searched inside the tile, or by a pass over a long row. */
export class CastPass {
  readonly #scope: CallScope;
  readonly #job: CastJob;
  /** The rule of the scales; null without. */
  readonly #scaleRule: AffineQuantizer | null;
  readonly #largest: number;
  readonly #parameters: SliceParameters | null;
  readonly #unscaled: number;
  readonly #decoded: number;
  #saturatedScales = 0;

  constructor(scope: CallScope, job: CastJob) {
    this.#scope = scope;
    this.#job = job;
    const { plan, quantizer, sink } = job;
    const { atOnce, perTensor } = plan.grid;
    const tileBytes = 4 * plan.tiles.rows * plan.tiles.columns;
    const hasScale = quantizer.scaleUnit !== null;
    this.#scaleRule = hasScale ? scaleOfCast(quantizer) : null;
    this.#largest = scope.arena.take(4 * atOnce);
    const scale = scope.arena.take(4 * atOnce);
    this.#parameters = hasScale ? { scale, zero: 0, multiplier: 0, perTensor } : null;
    this.#unscaled = sink.wantsUnscaled ? scope.arena.take(tileBytes) : 0;
    this.#decoded = sink.wantsDecoded ? scope.arena.take(tileBytes) : 0;
  }

  /** @returns how many scales had to be clamped to their stored dtype */
  async run(): Promise<number> {
    const { plan, quantizer } = this.#job;
    if (plan.isSearchedByRow) {
      await this.#runByRow();
    } else {
      if (quantizer.scaleUnit === 'tensor') this.#setTensorScale();
      await this.#runByTile();
    }
    return this.#saturatedScales;
  }

  async #runByTile(): Promise<void> {
    const { rows, inputs, plan, reader, quantizer } = this.#job;
    for (const tile of tilesOf(rows, inputs, plan.tiles)) {
      const x = reader.read(tile);
      if (quantizer.scaleUnit === 'channel') {
        this.#search(x, tile, false);
        this.#deriveScales(tile.rows);
      }
      this.#encode(x, tile);
      if (this.#scope.isPauseDue) await this.#scope.hearStop();
    }
  }

  async #runByRow(): Promise<void> {
    const { rows, inputs, plan, reader } = this.#job;
    for (let row = rows.start; row < rows.end; row++) {
      const parts = [...tilesOf({ start: row, end: row + 1 }, inputs, plan.tiles)];
      for (const part of parts) {
        this.#search(reader.read(part), part, part.column > 0);
        if (this.#scope.isPauseDue) await this.#scope.hearStop();
      }
      this.#deriveScales(1);
      for (const part of parts) {
        this.#encode(reader.read(part), part);
        if (this.#scope.isPauseDue) await this.#scope.hearStop();
      }
    }
  }

  #setTensorScale(): void {
    const { range, rows } = this.#job;
    if (range === null) throw new Error('a cast with one scale for the tensor needs the range of the tensor');
    this.#scope.arena.floatsAt(this.#largest, 1)[0] = Math.max(-range.min, range.max, 0);
    this.#deriveScales(1);
    // The scale is one of the tensor, not of each chunk.
    if (rows.start > 0) this.#saturatedScales = 0;
  }

  #search(x: number, { rows, columns }: Tile, isContinued: boolean): void {
    const block = { x, rows, inputs: columns, groupSize: columns };
    this.#scope.kernels.affineSearch(block, 'max-magnitude', this.#largest, this.#largest, isContinued);
  }

  #deriveScales(slices: number): void {
    if (this.#scaleRule === null || this.#parameters === null) return;
    const { kernels } = this.#scope;
    const [low, high] = [this.#largest, this.#largest];
    this.#saturatedScales += kernels.affineParameters(this.#scaleRule, slices, low, high, this.#parameters);
    this.#job.sink.takeParameters(slices, this.#parameters);
  }

  #encode(x: number, tile: Tile): void {
    const { quantizer, roundTo, runs, wanted, sink } = this.#job;
    const { format, saturates } = quantizer;
    const block = { x, rows: tile.rows, inputs: tile.columns, groupSize: tile.columns };
    const target = { unscaled: this.#unscaled, decoded: this.#decoded };
    this.#scope.kernels.castEncode(block, format, saturates, this.#parameters, roundTo, target, runs.state, wanted);
    runs.advance(elementsOf(tile));
    if (sink.wantsUnscaled) sink.takeUnscaled(tile, this.#unscaled);
    if (sink.wantsDecoded) sink.takeDecoded(tile, x, this.#decoded, null);
  }
}

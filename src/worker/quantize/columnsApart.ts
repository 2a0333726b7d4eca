import { saturateToF16 } from '../../core/numbers/float16.ts';
import type { SumsWanted } from '../../kernels/kernels.ts';
import { roundDecoded } from '../../kernels/ref/roundDecoded.ts';
import type { CallScope } from '../callScope.ts';
import { forEachIn } from '../rows/outlierRows.ts';
import type { RowReader } from '../rows/rowReader.ts';
import { RunRecords } from '../runRecords.ts';
import { elementsOf, type Tile, type TilePlan } from '../tiles.ts';
import type { PassSink } from './passSink.ts';

/** A pass of which some input columns are kept apart. */
export interface ApartJob {
  readonly reader: RowReader;
  /** Ascending. */
  readonly columns: ArrayLike<number>;
  readonly tiles: TilePlan;
  readonly elements: number;
  readonly roundTo: 'BF16' | 'F16' | null;
  readonly wanted: SumsWanted;
  readonly runs: RunRecords;
  readonly sink: PassSink;
}

/**
 * Input columns that are kept in F16 while the others are quantized: a pass reads zeros in their place, and the error is
 * measured once x' is complete. Beyond F16's range they saturate.
 */
export class ColumnsApart implements RowReader {
  /** What the encoding kernel adds up: the error of what it read, which nobody wants. */
  readonly unwanted: RunRecords;
  readonly #scope: CallScope;
  readonly #job: ApartJob;
  readonly #masked: number;
  #original = 0;

  constructor(scope: CallScope, job: ApartJob) {
    this.#scope = scope;
    this.#job = job;
    const tileElements = job.tiles.rows * job.tiles.columns;
    this.#masked = scope.arena.take(4 * tileElements);
    this.unwanted = new RunRecords(scope, 'basic', job.elements, tileElements, false);
  }

  /** The tile as it is; stays until the next read. */
  get original(): number {
    return this.#original;
  }

  read(tile: Tile): number {
    const { arena } = this.#scope;
    this.#original = this.#job.reader.read(tile);
    const masked = arena.floatsAt(this.#masked, elementsOf(tile));
    masked.set(arena.floatsAt(this.#original, elementsOf(tile)));
    forEachIn(tile, this.#job.columns, (at) => {
      masked[at] = 0;
    });
    return this.#masked;
  }

  /** Completes x' of the tile that was read last, and adds up its error. */
  settle(tile: Tile, decoded: number): void {
    const { arena, kernels } = this.#scope;
    const { columns, roundTo, runs, wanted, sink } = this.#job;
    const n = elementsOf(tile);
    const x = arena.floatsAt(this.#original, n);
    const restored = arena.floatsAt(decoded, n);
    forEachIn(tile, columns, (at) => {
      restored[at] = roundDecoded(saturateToF16(x[at]!), roundTo);
    });
    kernels.compare(this.#original, decoded, n, runs.state, wanted);
    runs.advance(n);
    sink.takeApart?.(tile, this.#original);
  }
}

import type { BlockTable } from '../../core/quantizers/blockCodebook.ts';
import {
  NESTED_BLOCK,
  NESTED_MAP,
  type NestedScales,
  nestScales,
  unnestScales,
} from '../../core/quantizers/nestedScales.ts';
import type { CodebookQuantizer } from '../../core/quantizers/quantizer.ts';
import type { SumsWanted } from '../../kernels/kernels.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { RowReader } from '../rows/rowReader.ts';
import type { RunRecords } from '../runRecords.ts';
import { elementsOf, type Tile, tilesOf } from '../tiles.ts';
import type { BlockPlan } from './blockPlan.ts';
import { countBlocks, searchBlocks } from './blockScales.ts';
import type { PassSink } from './passSink.ts';

/** What a pass over blocks of a fixed codebook reads and where its results go. */
export interface BlockJob {
  readonly quantizer: CodebookQuantizer;
  readonly roundTo: 'BF16' | 'F16' | null;
  readonly wanted: SumsWanted;
  readonly plan: BlockPlan;
  /** A chunk: it begins with a block, and with a nested block where scales are quantized in turn. */
  readonly rows: RowRange;
  readonly view: { readonly channels: number; readonly inputs: number };
  /** Double quantization: the mean of the block scales of the tensor. */
  readonly offset: number | null;
  readonly reader: RowReader;
  readonly runs: RunRecords;
  readonly sink: PassSink;
}

/**
 * NF4 and FP4: the scale of a block of the flattened view is its largest magnitude. Tiles of whole blocks are searched and
 * encoded in turn; where blocks reach over tiles, or scales are quantized in turn, the chunk is read twice.
 */
export class BlockPass {
  readonly #scope: CallScope;
  readonly #job: BlockJob;
  readonly #blocks: number;
  /** F32 of the blocks at once: the exact scales, and those that a loader reads. */
  readonly #scales: number;
  readonly #stored: number;
  readonly #decoded: number;
  readonly #codes: number;
  readonly #table: BlockTable;
  /** Block of the tensor from which on a block is not full. */
  readonly #divided: number;

  constructor(scope: CallScope, job: BlockJob) {
    this.#scope = scope;
    this.#job = job;
    const { plan, rows, view, sink } = job;
    const { tiles, blockSize, isSearchedFirst } = plan;
    const tileElements = tiles.rows * tiles.columns;
    this.#blocks = isSearchedFirst
      ? countBlocks({ rows, inputs: view.inputs, blockSize })
      : Math.ceil(tileElements / blockSize);
    this.#scales = scope.arena.take(4 * this.#blocks);
    this.#stored = job.offset === null ? this.#scales : scope.arena.take(4 * this.#blocks);
    this.#decoded = sink.wantsDecoded ? scope.arena.take(4 * tileElements) : 0;
    this.#codes = sink.wantsCodes === true ? scope.arena.take(tileElements) : 0;
    this.#table = tableOf(job.quantizer);
    this.#divided = Math.floor((view.channels * view.inputs) / blockSize);
  }

  async run(): Promise<void> {
    const { plan, rows, view, reader, offset } = this.#job;
    const { tiles, blockSize, isSearchedFirst } = plan;
    const { inputs } = view;
    if (isSearchedFirst) {
      await searchBlocks(this.#scope, { reader, rows, inputs, tiles, blockSize }, this.#scales);
      if (offset === null) this.#takeScales(this.#blocks);
      else this.#nest(offset);
    }
    for (const tile of tilesOf(rows, inputs, tiles)) {
      const x = reader.read(tile);
      const first = (tile.row - rows.start) * inputs + tile.column;
      const block = Math.floor(first / blockSize);
      if (!isSearchedFirst) this.#searchTile(x, elementsOf(tile));
      this.#encode(x, tile, first % blockSize, block, isSearchedFirst ? 4 * block : 0);
      if (this.#scope.isPauseDue) await this.#scope.hearStop();
    }
  }

  #searchTile(x: number, n: number): void {
    const { blockSize } = this.#job.plan;
    const block = { x, rows: 1, inputs: n, groupSize: Math.min(blockSize, n) };
    this.#scope.kernels.affineSearch(block, 'max-magnitude', 0, this.#scales, false);
    this.#takeScales(Math.ceil(n / blockSize));
  }

  #takeScales(blocks: number): void {
    this.#job.sink.takeParameters(blocks, { scale: this.#scales });
  }

  #nest(offset: number): void {
    const { arena } = this.#scope;
    const nested: NestedScales = nestScales(arena.floatsAt(this.#scales, this.#blocks), offset);
    unnestScales(nested, NESTED_MAP, NESTED_BLOCK, offset, arena.floatsAt(this.#stored, this.#blocks));
    this.#job.sink.takeNested?.(nested, offset);
  }

  /** @param block the tile's first block, counted from the chunk's; its scale lies `shift` bytes from the first scale */
  #encode(x: number, tile: Tile, skipped: number, block: number, shift: number): void {
    const { plan, roundTo, runs, wanted, sink, rows, view } = this.#job;
    const { blockSize } = plan;
    const n = elementsOf(tile);
    const run = { x, elements: n, blockSize, skipped, scales: this.#scales + shift };
    const divided = this.#divided - block - (rows.start * view.inputs) / blockSize;
    const encoding = { table: this.#table, storedScales: this.#stored + shift, divided };
    this.#scope.kernels.blockEncode(run, encoding, roundTo, this.#codes, this.#decoded, runs.state, wanted);
    runs.advance(n);
    if (sink.wantsCodes === true) sink.takeCodes?.(tile, this.#codes);
    if (sink.wantsDecoded) sink.takeDecoded(tile, x, this.#decoded, null);
  }
}

function tableOf({ codebook, id }: CodebookQuantizer): BlockTable {
  if (codebook.kind !== 'fixed') throw new Error(`${id} has no levels of blocks`);
  return codebook.table;
}

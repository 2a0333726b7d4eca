import type { CodebookQuantizer } from '../../core/quantizers/quantizer.ts';
import { type LevelTable, lloydMaxScratchBytes, type SumsWanted } from '../../kernels/kernels.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { RowReader } from '../rows/rowReader.ts';
import type { RunRecords } from '../runRecords.ts';
import { elementsOf, type Tile, tilesOf } from '../tiles.ts';
import type { CodebookPlan } from './codebookPlan.ts';
import type { PassNotes } from './passNotes.ts';
import type { PassSink } from './passSink.ts';
import { levelsFromProposal } from './proposedLevels.ts';

/** What a pass with stored levels reads and where its results go. */
export interface CodebookJob {
  readonly quantizer: CodebookQuantizer;
  readonly roundTo: 'BF16' | 'F16' | null;
  readonly wanted: SumsWanted;
  readonly plan: CodebookPlan;
  readonly rows: RowRange;
  readonly inputs: number;
  /** Unit tensor: its 2^bits levels. Null: those of each channel are searched. */
  readonly levels: Float32Array | null;
  /** Levels of each row that a GPU found; null: the pass searches. */
  readonly proposals: Float32Array | null;
  readonly reader: RowReader;
  readonly runs: RunRecords;
  readonly sink: PassSink;
}

/** Levels of the tensor, or of each channel as its tile is read, then codes, x' and the error with them. */
export async function runCodebookPass(scope: CallScope, job: CodebookJob): Promise<PassNotes> {
  const { plan, quantizer, rows, inputs, levels, reader, sink } = job;
  const { bits } = quantizer;
  const { arena } = scope;
  const perTensor = levels !== null;
  const { codebook } = quantizer;
  // A person's own may be fewer than there are codes.
  const count = codebook.kind === 'given' ? codebook.levels.length : 2 ** bits;
  const table = { levels: arena.take(4 * 2 ** bits * plan.grid.atOnce), bits, count, perTensor };
  const scratch = perTensor ? 0 : arena.take(lloydMaxScratchBytes(inputs));
  const decoded = sink.wantsDecoded ? arena.take(4 * plan.tiles.rows * plan.tiles.columns) : 0;
  if (perTensor) {
    arena.floatsAt(table.levels, levels.length).set(levels);
    sink.takeParameters(1, { levels: table.levels });
  }
  let refused = 0;
  for (const tile of tilesOf(rows, inputs, plan.tiles)) {
    const x = reader.read(tile);
    if (!perTensor && job.proposals !== null) refused += takeLevels(scope, job, job.proposals, tile, x, table.levels);
    else if (!perTensor) searchLevels(scope, job, tile, x, table.levels, scratch);
    encode(scope, job, tile, x, table, decoded);
    if (scope.isPauseDue) await scope.hearStop();
  }
  return job.proposals === null ? { saturatedScales: 0 } : { saturatedScales: 0, refusedProposals: refused };
}

/** Levels that were found elsewhere, row by row. @returns rows that they are not taken for */
function takeLevels(
  { arena }: CallScope,
  { quantizer, sink, rows }: CodebookJob,
  proposals: Float32Array,
  tile: Tile,
  x: number,
  levels: number,
): number {
  const count = 2 ** quantizer.bits;
  let refused = 0;
  for (let row = 0; row < tile.rows; row++) {
    const weights = arena.floatsAt(x + 4 * row * tile.columns, tile.columns);
    const first = (tile.row - rows.start + row) * count;
    const found = levelsFromProposal(weights, quantizer, proposals.subarray(first, first + count));
    arena.floatsAt(levels + 4 * row * count, count).set(found.levels);
    if (found.isRefused) refused++;
  }
  sink.takeParameters(tile.rows, { levels });
  return refused;
}

function searchLevels(
  { kernels }: CallScope,
  { quantizer, sink }: CodebookJob,
  tile: Tile,
  x: number,
  levels: number,
  scratch: number,
): void {
  const block = { x, rows: tile.rows, inputs: tile.columns, groupSize: tile.columns };
  kernels.lloydMaxRows(block, quantizer.bits, quantizer.levelDtype ?? 'F32', levels, scratch);
  sink.takeParameters(tile.rows, { levels });
}

function encode(
  { kernels }: CallScope,
  { roundTo, wanted, runs, sink }: CodebookJob,
  tile: Tile,
  x: number,
  table: LevelTable,
  decoded: number,
): void {
  const block = { x, rows: tile.rows, inputs: tile.columns, groupSize: tile.columns };
  const codes = sink.placeCodes(tile);
  const [pointer, rowBytes] = [codes?.pointer ?? 0, codes?.rowBytes ?? 0];
  kernels.codebookEncode(block, table, roundTo, pointer, rowBytes, decoded, runs.state, wanted);
  runs.advance(elementsOf(tile));
  if (sink.wantsDecoded) sink.takeDecoded(tile, x, decoded, null);
}

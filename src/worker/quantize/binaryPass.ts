import { F16_MAX } from '../../core/numbers/float16.ts';
import type { BinaryQuantizer } from '../../core/quantizers/quantizer.ts';
import { BINARY_SCRATCH_BYTES, type SumsWanted } from '../../kernels/kernels.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { RowReader } from '../rows/rowReader.ts';
import type { RunRecords } from '../runRecords.ts';
import { elementsOf, tilesOf } from '../tiles.ts';
import type { BinaryPlan } from './binaryPlan.ts';
import type { PassNotes } from './passNotes.ts';
import type { PassSink } from './passSink.ts';
import { Proposals } from './proposals.ts';

/** What a pass of sign planes reads and where its results go. */
export interface BinaryJob {
  readonly quantizer: BinaryQuantizer;
  readonly roundTo: 'BF16' | 'F16' | null;
  readonly wanted: SumsWanted;
  readonly plan: BinaryPlan;
  readonly rows: RowRange;
  readonly inputs: number;
  /** α of each slice that a GPU found; null: the pass searches. */
  readonly proposals: Float32Array | null;
  readonly reader: RowReader;
  readonly runs: RunRecords;
  readonly sink: PassSink;
}

/**
 * Planes of every slice, then x' and the error with them, tile by tile.
 * Scales that saturated are α of the largest value that F16 holds.
 */
export async function runBinaryPass(scope: CallScope, job: BinaryJob): Promise<PassNotes> {
  const { quantizer, roundTo, wanted, plan, rows, inputs, reader, runs, sink } = job;
  const { arena, kernels } = scope;
  const { tiles, grid, groupSize } = plan;
  const planes = quantizer.planes.length;
  const tileElements = tiles.rows * tiles.columns;
  const alpha = arena.take(4 * grid.atOnce * planes);
  const codes = arena.take(tileElements);
  const scratch = arena.take(BINARY_SCRATCH_BYTES * groupSize);
  const decoded = arena.take(4 * tileElements);
  const proposals = job.proposals === null ? null : new Proposals(scope, job.proposals, planes, grid.atOnce);
  let saturated = 0;
  for (const tile of tilesOf(rows, inputs, tiles)) {
    const x = reader.read(tile);
    const slices = tile.rows * grid.perRow;
    const block = { x, rows: tile.rows, inputs, groupSize };
    if (proposals === null) kernels.binaryEncode(block, quantizer, alpha, codes, scratch);
    else {
      proposals.refused += kernels.binaryEncodeBy(block, quantizer, alpha, codes, scratch, proposals.take(slices));
    }
    saturated += countSaturated(arena.floatsAt(alpha, slices * planes));
    sink.takePlanes(tile, { codes, alpha, slices, planes });
    kernels.binaryDecode({ codes, rows: tile.rows, inputs, planes, column: 0, groupSize, alpha }, roundTo, decoded);
    const n = elementsOf(tile);
    kernels.compare(x, decoded, n, runs.state, wanted);
    runs.advance(n);
    if (sink.wantsDecoded) sink.takeDecoded(tile, x, decoded, null);
    if (scope.isPauseDue) await scope.hearStop();
  }
  return proposals === null
    ? { saturatedScales: saturated }
    : { saturatedScales: saturated, refusedProposals: proposals.refused };
}

function countSaturated(alpha: Float32Array): number {
  let count = 0;
  for (const value of alpha) if (Math.abs(value) === F16_MAX) count++;
  return count;
}

import { fixedPointGrid, MOST_STREAM_BITS } from '../../core/quantizers/fixedPointGrid.ts';
import type { FixedPointQuantizer } from '../../core/quantizers/quantizer.ts';
import type { SumsWanted } from '../../kernels/kernels.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { RowReader } from '../rows/rowReader.ts';
import type { RunRecords } from '../runRecords.ts';
import { elementsOf, type Tile, type TilePlan, tilesOf } from '../tiles.ts';
import type { PassSink } from './passSink.ts';

/** What a pass of fixed point reads and where its results go. */
export interface FixedPointJob {
  readonly quantizer: FixedPointQuantizer;
  /** n: bits after the point. */
  readonly fractionBits: number;
  readonly roundTo: 'BF16' | 'F16' | null;
  readonly wanted: SumsWanted;
  readonly plan: TilePlan;
  readonly rows: RowRange;
  readonly inputs: number;
  readonly reader: RowReader;
  readonly runs: RunRecords;
  readonly sink: PassSink;
}

/** Codes and x' tile by tile: narrow codes by the affine kernel with a scale of 2^-n, wide ones by one of their own. */
export async function runFixedPointPass(scope: CallScope, job: FixedPointJob): Promise<void> {
  const { quantizer, fractionBits, rows, inputs, plan, reader, runs, sink } = job;
  const encode = quantizer.bits <= MOST_STREAM_BITS ? openStream(scope, job) : openWide(scope, job);
  const decoded = sink.wantsDecoded ? scope.arena.take(4 * plan.rows * plan.columns) : 0;
  sink.takeFraction(fractionBits);
  for (const tile of tilesOf(rows, inputs, plan)) {
    const x = reader.read(tile);
    encode(x, tile, decoded);
    runs.advance(elementsOf(tile));
    if (sink.wantsDecoded) sink.takeDecoded(tile, x, decoded, null);
    if (scope.isPauseDue) await scope.hearStop();
  }
}

type EncodeTile = (x: number, tile: Tile, decoded: number) => void;

function openStream(
  scope: CallScope,
  { quantizer, fractionBits, roundTo, runs, sink, wanted }: FixedPointJob,
): EncodeTile {
  const grid = fixedPointGrid(quantizer.bits);
  const scale = scope.arena.take(4);
  scope.arena.floatsAt(scale, 1)[0] = 2 ** -fractionBits;
  const parameters = { scale, zero: 0, multiplier: 0, perTensor: true };
  return (x, tile, decoded) => {
    const block = { x, rows: tile.rows, inputs: tile.columns, groupSize: tile.columns };
    const { pointer = 0, rowBytes = 0 } = sink.placeCodes(tile) ?? {};
    scope.kernels.affineEncode(block, grid, parameters, roundTo, pointer, rowBytes, decoded, runs.state, wanted);
  };
}

function openWide(
  scope: CallScope,
  { quantizer, fractionBits, roundTo, runs, sink, wanted }: FixedPointJob,
): EncodeTile {
  return (x, tile, decoded) => {
    const n = elementsOf(tile);
    const codes = sink.placeCodes(tile)?.pointer ?? 0;
    const { kernels } = scope;
    kernels.fixedPointEncode(x, n, quantizer.bits, fractionBits, roundTo, codes, decoded, runs.state, wanted);
  };
}

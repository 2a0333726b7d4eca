import type { RawSource, TensorSource, View2D } from '../../core/model/model.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { Tile, TilePlan } from '../tiles.ts';

/** Elements read in one place: few enough to see many places, enough for a read to be worth its call. */
const SAMPLE_RUN = 4096;

/** A sample is read in the order in which the tensor is stored: what is counted has no order. */
export function asStored(source: TensorSource): TensorSource {
  if (source.kind !== 'raw' || !source.view.transposed) return source;
  const view = { channels: source.view.inputs, inputs: source.view.channels, transposed: false };
  return { ...source, view } satisfies RawSource;
}

/** Index in the 2-D view of an element of a sample. */
export function viewIndexOf({ channels, inputs, transposed }: View2D, storedIndex: number): number {
  if (!transposed || storedIndex < 0) return storedIndex;
  return (storedIndex % channels) * inputs + Math.floor(storedIndex / channels);
}

export function planSample({ inputs }: View2D): TilePlan {
  return { rows: Math.max(1, Math.floor(SAMPLE_RUN / inputs)), columns: Math.min(inputs, SAMPLE_RUN) };
}

/** Tiles of about SAMPLE_RUN elements, evenly spread, about `sample` elements in all. */
export function* sampleTiles(range: RowRange, { inputs }: View2D, sample: number): Generator<Tile, void> {
  const plan = planSample({ channels: 0, inputs, transposed: false });
  const elements = (range.end - range.start) * inputs;
  const runs = Math.max(1, Math.floor(sample / (plan.rows * plan.columns)));
  let end = 0;
  for (let run = 0; run < runs; run++) {
    const element = Math.floor((run * elements) / runs);
    const row = range.start + Math.floor(element / inputs);
    const column = Math.floor((element % inputs) / plan.columns) * plan.columns;
    const first = row * inputs + column;
    if (first < end) continue; // overlaps the one before
    const rows = Math.min(plan.rows, range.end - row);
    const columns = Math.min(plan.columns, inputs - column);
    end = first + (rows - 1) * inputs + columns;
    yield { row, rows, column, columns };
  }
}

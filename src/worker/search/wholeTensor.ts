import type { TensorSource } from '../../core/model/model.ts';
import type { CallScope } from '../callScope.ts';
import { openRows, planRows } from '../rows/openRows.ts';
import { elementsOf, tilesOf } from '../tiles.ts';

/** Takes the F32 of the next `n` elements of the view. @param x pointer to them */
export type TakeElements = (x: number, n: number) => void;

/** All elements of a tensor, in the order of its view. */
export interface WholeTensor {
  readonly source: TensorSource;
  /** What infinities are clamped to, NaN being 0 then; null where all elements are finite. */
  readonly largest: number | null;
}

export function elementsOfTensor({ source: { view } }: WholeTensor): number {
  return view.channels * view.inputs;
}

/**
 * One pass over a tensor; stops between tiles where the call is stopped.
 * @param open gives what takes the elements, `most` at once; its buffers come from the arena after those of the reader
 */
export async function passOver(
  scope: CallScope,
  { source, largest }: WholeTensor,
  open: (most: number) => TakeElements,
): Promise<void> {
  scope.arena.reset();
  const { channels, inputs } = source.view;
  const range = { start: 0, end: channels };
  const plan = planRows(scope, [source]);
  const reader = openRows(scope, source, range, plan, { largest });
  const take = open(plan.rows * plan.columns);
  for (const tile of tilesOf(range, inputs, plan)) {
    take(reader.read(tile), elementsOf(tile));
    if (scope.isPauseDue) await scope.hearStop();
  }
}

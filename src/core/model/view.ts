import type { View2D } from './model.ts';

/** Number of elements of a shape; 1 for a scalar. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/**
 * The 2-D view [channels, inputs] of a shape: the channel dim first, the others flattened in order. Only a matrix can
 * have its channels last.
 */
export function viewOf(shape: readonly number[], axis: number): View2D {
  const channels = shape[axis] ?? 1;
  const inputs = elementsOf(shape.filter((_dim, i) => i !== axis));
  return { channels, inputs, transposed: shape.length === 2 && axis === 1 };
}

/** The view of [matrices, channels, inputs]: the matrices one below the other, in the stored order. */
export function viewOfStackedMatrices(shape: readonly number[]): View2D {
  return { channels: (shape[0] ?? 1) * (shape[1] ?? 1), inputs: elementsOf(shape.slice(2)), transposed: false };
}

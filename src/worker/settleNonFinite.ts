import type { CallScope } from './callScope.ts';

/**
 * Makes weights that are not finite comparable, in place. Saved as they were (a tensor that is not quantized), they are the
 * same: both become 0 and count neither as error nor as energy. Else they were clamped when they were quantized.
 * @param largest what infinities were clamped to; null: nothing was clamped
 */
export function settleNonFinite(scope: CallScope, x: number, decoded: number, n: number, largest: number | null): void {
  const values = scope.arena.floatsAt(x, n);
  const others = scope.arena.floatsAt(decoded, n);
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    if (Number.isFinite(value)) continue;
    if (Object.is(value, others[i]!)) {
      values[i] = 0;
      others[i] = 0;
    } else if (largest !== null) {
      values[i] = Number.isNaN(value) ? 0 : Math.sign(value) * largest;
    }
  }
}

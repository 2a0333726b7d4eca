import { FloatBuckets } from '../../core/search/floatBuckets.ts';
import type { ValueBuckets } from '../../core/search/valueBuckets.ts';
import type { CallScope } from '../callScope.ts';
import { passOver, type WholeTensor } from './wholeTensor.ts';

/** Its tables are large: made at first use, and emptied by each tensor. */
let kept: FloatBuckets | null = null;

/** The F32 of a tensor by their upper 20 bits. */
export async function bucketsOfTensor(scope: CallScope, tensor: WholeTensor): Promise<ValueBuckets> {
  const buckets = kept ?? new FloatBuckets();
  // Not kept while it is filled: a call that is stopped leaves it behind, half full.
  kept = null;
  await passOver(scope, tensor, () => (x, n) => {
    buckets.add(scope.arena.wordsAt(x, n));
  });
  kept = buckets;
  return buckets.take();
}

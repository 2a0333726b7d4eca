import { describeQuantizer } from '../quantizers/describeQuantizer.ts';
import type { Plan } from '../recipes/recipe.ts';

/** A plan in words, its quantizers by the number of tensors they take: `rtn 4 group 128 (24), f16 (12)`. */
export function describePlan({ decisions }: Plan): string {
  const counts = new Map<string, number>();
  for (const { quantizer } of decisions) {
    if (quantizer === null) continue;
    const words = describeQuantizer(quantizer);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const [only] = counts.keys();
  if (counts.size <= 1) return only ?? 'nothing is quantized';
  const byCount = [...counts].sort(([, a], [, b]) => b - a);
  return byCount.map(([words, count]) => `${words} (${count})`).join(', ');
}

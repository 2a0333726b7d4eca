import { editDistance } from '../../core/recipes/nearestNames.ts';

/** The known word that was probably meant: one that begins with what was typed, else the closest; null when none is near. */
export function nearestWord(typed: string, known: readonly string[]): string | null {
  const begun = typed.length >= 3 ? known.find((word) => word.startsWith(typed)) : undefined;
  if (begun !== undefined) return begun;
  const farthest = Math.max(1, Math.floor(typed.length / 3));
  const [nearest] = known
    .map((word) => ({ word, distance: editDistance(typed, word) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((a, b) => a.distance - b.distance);
  return nearest?.word ?? null;
}

/** Candidates beyond this are not compared: a message must not take seconds. */
const MOST_CANDIDATES = 2000;
/** Names are compared up to this length. */
const LONGEST_COMPARED = 160;

/**
 * The names nearest to what was asked for, by edit distance, nearest first. Names that differ in numbers only count
 * once (the first stands for them), and of a name as many trailing parts are compared as the question has.
 * @param asked a name, a suffix of one, or a pattern; its wildcards are left out.
 */
export function nearestNames(asked: string, names: Iterable<string>, most = 3): readonly string[] {
  const plain = asked.replace(/[*?]/g, '').replace(/^\.+|\.+$/g, '');
  if (plain === '') return [];
  const parts = plain.split('.').length;
  const scored: { readonly name: string; readonly distance: number }[] = [];
  for (const { name, suffix } of distinctSuffixes(names, parts)) {
    scored.push({ name, distance: editDistance(plain.toLowerCase(), suffix.toLowerCase()) });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return scored.slice(0, most).map(({ name }) => name);
}

function* distinctSuffixes(
  names: Iterable<string>,
  parts: number,
): Generator<{ readonly name: string; readonly suffix: string }> {
  const seen = new Set<string>();
  for (const name of names) {
    const suffix = name.split('.').slice(-parts).join('.');
    const shape = suffix.replace(/\d+/g, '0');
    if (seen.has(shape)) continue;
    seen.add(shape);
    yield { name, suffix };
    if (seen.size >= MOST_CANDIDATES) return;
  }
}

/** Levenshtein's distance of two texts, of each at most the first 160 characters. */
export function editDistance(a: string, b: string): number {
  const left = a.slice(0, LONGEST_COMPARED);
  const right = b.slice(0, LONGEST_COMPARED);
  let row = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

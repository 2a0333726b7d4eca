/** Names that hold every word of the search, whatever its case: those that begin with it come first, else in file order. */
export function matchNames(names: readonly string[], search: string): string[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...names];
  const matches = names.filter((name) => {
    const lower = name.toLowerCase();
    return words.every((word) => lower.includes(word));
  });
  const begins = (name: string): boolean => name.toLowerCase().startsWith(words[0] ?? '');
  return [...matches.filter(begins), ...matches.filter((name) => !begins(name))];
}

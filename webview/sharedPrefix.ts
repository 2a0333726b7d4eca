/** The prefix that all names share, up to a dot; empty where they share none. */
export function sharedPrefix(names: readonly string[]): string {
  const [first] = names;
  if (first === undefined || names.length < 2) return '';
  let length = first.lastIndexOf('.') + 1;
  for (const name of names) {
    while (length > 0 && !name.startsWith(first.slice(0, length))) {
      length = first.lastIndexOf('.', length - 2) + 1;
    }
  }
  return first.slice(0, length);
}

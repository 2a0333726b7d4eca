import { compileGlob } from '../../../src/core/recipes/glob.ts';

/**
 * The test that a filter text stands for: a pattern as in recipes (whole name or a suffix after a dot). Words without
 * `*`, `?` or braces match anywhere in the name, so that typing narrows the table before a pattern is complete.
 *
 * @returns null for a pattern that cannot be compiled
 */
export function compileFilter(text: string): ((name: string) => boolean) | null {
  const pattern = text.trim();
  if (pattern === '') return () => true;
  if (!/[*?{}]/.test(pattern)) return (name) => name.includes(pattern);
  try {
    return compileGlob(pattern).matches;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

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

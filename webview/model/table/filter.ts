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

import { posix } from 'node:path';
import { readText } from './sourceFiles.ts';

/** One import of a source file. */
export interface Import {
  /** The importing file, relative to the repository. */
  readonly from: string;
  /** As written, such as `../core/failure.ts`, `node:fs` or `vscode`. */
  readonly specifier: string;
  /** The imported file, relative to the repository; null for a package. */
  readonly path: string | null;
}

/** `import x from 'a'`, `import 'a'`, `export … from 'a'` at the start of a line, and `import('a')` anywhere. */
const IMPORT =
  /^\s*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/** All imports of a file, types included: a type is a dependency too. */
export function importsOf(from: string): Import[] {
  return [...readText(from).matchAll(IMPORT)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    const path = specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : null;
    return { from, specifier, path };
  });
}

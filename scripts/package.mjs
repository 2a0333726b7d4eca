/** `npm run package`: builds and packs `tensor-loupe-VERSION.vsix` at the root; nothing but what .vscodeignore allows. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, runNode, setUp } from './setup.mjs';

/**
 * Packs what `dist/` holds now.
 * @param {string} vsixPath where the package is written
 * @returns {string} the same path
 */
export function packageExtension(vsixPath) {
  mkdirSync(dirname(vsixPath), { recursive: true });
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  // The bundles hold all code, so there are no dependencies to look up. The readme's pictures stay relative: without a
  // public repository there is nothing to point them at.
  runNode([
    vsce,
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '--out',
    vsixPath,
  ]);
  return vsixPath;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setUp({ production: true });
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  packageExtension(join(root, `${name}-${version}.vsix`));
}

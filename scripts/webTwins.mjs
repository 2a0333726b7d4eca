/**
 * The esbuild plugin of the web extension: what a browser lacks is replaced while bundling.
 *
 *   X.ts             X.web.ts, where there is one beside it
 *   node:path        paths that are URIs
 *   bundled:recipes  the recipes that ship, by the names of their files
 *
 * Anything else of Node that is reached ends the build: the platform is `browser`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const recipesFolder = join(root, 'media', 'recipes');

/** @returns {import('esbuild').Plugin} */
export function webTwins() {
  return {
    name: 'web-twins',
    setup(bundler) {
      bundler.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
        const twin = join(resolveDir, path.replace(/\.ts$/, '.web.ts'));
        return existsSync(twin) ? { path: twin } : undefined;
      });
      bundler.onResolve({ filter: /^node:path$/ }, () => ({ path: join(root, 'src/session/web/uriPath.ts') }));
      bundler.onResolve({ filter: /^bundled:recipes$/ }, ({ path }) => ({ path, namespace: 'bundled-recipes' }));
      bundler.onLoad({ filter: /./, namespace: 'bundled-recipes' }, loadRecipes);
    },
  };
}

function loadRecipes() {
  const names = readdirSync(recipesFolder);
  const texts = names.map((name) => [name, readFileSync(join(recipesFolder, name), 'utf8')]);
  const watchFiles = names.map((name) => join(recipesFolder, name));
  const contents = JSON.stringify(Object.fromEntries(texts));
  return { contents, loader: /** @type {const} */ ('json'), watchFiles, watchDirs: [recipesFolder] };
}

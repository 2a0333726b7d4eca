/**
 * The esbuild plugin of the web extension: what a browser lacks is replaced while bundling.
 *
 *   X.ts             X.web.ts, where there is one beside it
 *   node:path        paths that are URIs
 *   bundled:worker   the script of the kernel worker as text, with the WASM inside
 *   bundled:recipes  the recipes that ship, by the names of their files
 *
 * Anything else of Node that is reached ends the build: the platform is `browser`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const recipesFolder = join(root, 'media', 'recipes');

/**
 * @param {import('esbuild').BuildOptions} workerOptions how scripts of a browser are built
 * @returns {import('esbuild').Plugin}
 */
export function webTwins(workerOptions) {
  return {
    name: 'web-twins',
    setup(bundler) {
      bundler.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
        const twin = join(resolveDir, path.replace(/\.ts$/, '.web.ts'));
        return existsSync(twin) ? { path: twin } : undefined;
      });
      bundler.onResolve({ filter: /^node:path$/ }, () => ({ path: join(root, 'src/session/web/uriPath.ts') }));
      bundler.onResolve({ filter: /^bundled:/ }, ({ path }) => ({ path, namespace: 'bundled' }));
      bundler.onLoad({ filter: /^bundled:worker$/, namespace: 'bundled' }, () => loadWorker(workerOptions));
      bundler.onLoad({ filter: /^bundled:recipes$/, namespace: 'bundled' }, loadRecipes);
    },
  };
}

/** @param {import('esbuild').BuildOptions} options */
async function loadWorker(options) {
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: root,
    entryPoints: ['src/worker/web.ts'],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    sourcemap: false,
    write: false,
    metafile: true,
  });
  const watchFiles = Object.keys(metafile?.inputs ?? {}).map((path) => join(root, path));
  return { contents: outputFiles?.[0]?.text ?? '', loader: /** @type {const} */ ('text'), watchFiles };
}

function loadRecipes() {
  const names = readdirSync(recipesFolder);
  const texts = names.map((name) => [name, readFileSync(join(recipesFolder, name), 'utf8')]);
  const watchFiles = names.map((name) => join(recipesFolder, name));
  const contents = JSON.stringify(Object.fromEntries(texts));
  return { contents, loader: /** @type {const} */ ('json'), watchFiles, watchDirs: [recipesFolder] };
}

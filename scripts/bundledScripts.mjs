/**
 * The esbuild plugin of scripts that a bundle holds as text, for workers started from a blob URL:
 *
 *   bundled:worker   the kernel worker of a browser, with the WASM inside
 *   bundled:gpu      the GPU worker of a browser
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));

/** @type {Readonly<Record<string, string>>} */
const ENTRIES = { worker: 'src/worker/web.ts', gpu: 'src/worker/gpuWeb.ts' };

/**
 * @param {import('esbuild').BuildOptions} options how scripts of a browser are built
 * @returns {import('esbuild').Plugin}
 */
export function bundledScripts(options) {
  return {
    name: 'bundled-scripts',
    setup(bundler) {
      bundler.onResolve({ filter: /^bundled:(worker|gpu)$/ }, ({ path }) => ({
        path: path.slice('bundled:'.length),
        namespace: 'bundled-scripts',
      }));
      bundler.onLoad({ filter: /./, namespace: 'bundled-scripts' }, ({ path }) => load(ENTRIES[path] ?? path, options));
    },
  };
}

/**
 * @param {string} entry
 * @param {import('esbuild').BuildOptions} options
 */
async function load(entry, options) {
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: root,
    entryPoints: [entry],
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

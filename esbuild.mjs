/**
 * Builds everything that ships, into `dist/`:
 *
 *   kernels.wasm       the AssemblyScript kernels (an intermediate: inlined into the worker, read by unit tests)
 *   worker.cjs         the kernel worker, one script with the WASM inside, for Node worker threads
 *   gpu.cjs            the GPU process, for a plain Node with the package `webgpu`
 *   extension.cjs      the extension host's bundle
 *   extension.web.cjs  the same for a web extension host, with its kernel worker inside
 *   cli.js             the command line `loupe`
 *   webview/page.*     the page: script, style sheet, icon font
 *
 * Flags: `--watch` rebuilds on change, `--production` minifies and leaves source maps out.
 */
import { watch } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { context } from 'esbuild';
import { buildKernels } from './scripts/buildKernels.mjs';
import { bundledScripts } from './scripts/bundledScripts.mjs';
import { webTwins } from './scripts/webTwins.mjs';

const isWatching = process.argv.includes('--watch');
const isProduction = process.argv.includes('--production');
const root = fileURLToPath(new URL('.', import.meta.url));
const kernelSources = 'src/kernels/wasm';

/** The oldest Node that may run us: VS Code 1.90's extension host and the command line's `engines.node`. */
const NODE_TARGET = 'node20';
/** The Chromium inside VS Code 1.90. */
const PAGE_TARGET = 'chrome122';

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: isProduction,
  sourcemap: isProduction ? false : 'linked',
  legalComments: 'none',
  logLevel: 'info',
  loader: { '.wasm': 'binary', '.ttf': 'file', '.svg': 'text' },
};

/** A CommonJS bundle has no `import.meta.url`; this gives it the one of the bundle's own file. */
const nodeCommonJs = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: NODE_TARGET,
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
};

/** Scripts of a browser's workers, inside other bundles. */
const browserScripts = bundledScripts({
  target: PAGE_TARGET,
  minify: isProduction,
  legalComments: 'none',
  loader: { '.wasm': 'binary' },
});

const bundles = [
  { ...nodeCommonJs, entryPoints: ['src/worker/node.ts'], outfile: 'dist/worker.cjs' },
  { ...nodeCommonJs, entryPoints: ['src/worker/gpuNode.ts'], outfile: 'dist/gpu.cjs' },
  { ...nodeCommonJs, entryPoints: ['src/extension/extension.ts'], outfile: 'dist/extension.cjs', external: ['vscode'] },
  {
    ...common,
    entryPoints: ['src/extension/extension.ts'],
    outfile: 'dist/extension.web.cjs',
    external: ['vscode'],
    platform: 'browser',
    format: 'cjs',
    target: PAGE_TARGET,
    plugins: [browserScripts, webTwins()],
  },
  {
    ...common,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.js',
    platform: 'node',
    format: 'esm',
    target: NODE_TARGET,
    banner: { js: '#!/usr/bin/env node' },
  },
  {
    ...common,
    entryPoints: { page: 'webview/main.ts' },
    plugins: [browserScripts],
    outdir: 'dist/webview',
    assetNames: '[name]',
    platform: 'browser',
    format: 'iife',
    target: PAGE_TARGET,
  },
];

process.chdir(root);
if (isProduction) await rm('dist', { recursive: true, force: true });
await buildKernels();
const contexts = await Promise.all(bundles.map((options) => context(options)));

if (isWatching) {
  await Promise.all(contexts.map((each) => each.watch()));
  let rebuild = Promise.resolve();
  watch(kernelSources, { recursive: true }, () => {
    rebuild = rebuild.then(buildKernels).catch((error) => console.error(error));
  });
} else {
  const results = await Promise.allSettled(contexts.map((each) => each.rebuild()));
  await Promise.all(contexts.map((each) => each.dispose()));
  if (results.some((result) => result.status === 'rejected')) process.exit(1);
  await chmod('dist/cli.js', 0o755);
}

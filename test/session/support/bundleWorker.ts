import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ensureKernels } from '../../../scripts/buildKernels.mjs';

/** The kernel worker as it is in the sources now, in a folder of its own. Call `remove` at the end. */
export async function bundleWorker(): Promise<{ readonly script: string; readonly remove: () => void }> {
  await ensureKernels();
  const folder = mkdtempSync(join(tmpdir(), 'loupe-worker-'));
  const script = join(folder, 'worker.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../../../src/worker/node.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    loader: { '.wasm': 'binary' },
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'error',
  });
  return { script, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

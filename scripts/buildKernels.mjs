/**
 * Compiles the AssemblyScript kernels to `dist/kernels.wasm`.
 *
 *   node scripts/buildKernels.mjs
 *
 * `ensureKernels` does so only where a source is newer than the result; tests call it, several processes at once, so
 * the result is written beside and renamed.
 */
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('../', import.meta.url));
const sources = 'src/kernels/wasm';
export const kernelsFile = `${root}dist/kernels.wasm`;

/** @throws when the compiler reports an error */
export async function buildKernels() {
  await mkdir(`${root}dist`, { recursive: true });
  const staged = `dist/kernels.${process.pid}.wasm`;
  const { error, stderr } = await asc.main([
    `${sources}/index.ts`,
    '--config',
    `${sources}/asconfig.json`,
    '--baseDir',
    root,
    '--outFile',
    staged,
  ]);
  if (error) throw new Error(`AssemblyScript: ${stderr.toString()}`, { cause: error });
  await rename(`${root}${staged}`, kernelsFile);
}

/** Builds where needed; returns the path of the result. */
export async function ensureKernels() {
  const names = await readdir(`${root}${sources}`);
  const times = await Promise.all(names.map(async (name) => (await stat(`${root}${sources}/${name}`)).mtimeMs));
  const built = await stat(kernelsFile).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (Math.max(...times) >= built) await buildKernels();
  return kernelsFile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildKernels();

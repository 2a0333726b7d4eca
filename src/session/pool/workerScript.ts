import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Path of the bundled kernel worker: beside the running bundle. Run from source, as tests do, it is the one that the last
 * build left in `dist`.
 */
export function workerScript(): string {
  return bundled('worker.cjs');
}

/** Path of the bundled GPU process, found likewise. */
export function gpuScript(): string {
  return bundled('gpu.cjs');
}

function bundled(name: string): string {
  const besideBundle = fileURLToPath(new URL(`./${name}`, import.meta.url));
  if (existsSync(besideBundle)) return besideBundle;
  const builtFromSource = fileURLToPath(new URL(`../../../dist/${name}`, import.meta.url));
  return existsSync(builtFromSource) ? builtFromSource : besideBundle;
}

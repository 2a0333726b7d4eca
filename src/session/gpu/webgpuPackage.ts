import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type GpuText, gpuText } from '../../core/text/gpuTexts.ts';

const PACKAGE = 'webgpu';
/** Dawn's prebuilt binding is linked against this glibc. */
const LEAST_GLIBC = [2, 34] as const;

/** The path of the package that brings WebGPU to Node, or why it cannot be loaded. @param asked path or name; null: `webgpu` */
export function findWebgpuPackage(asked: string | null): { readonly path: string } | GpuText {
  // Electron forbids the external array buffers that the binding makes.
  if (process.versions.electron !== undefined) return gpuText('no-plain-node');
  const path = resolve(asked ?? PACKAGE);
  if (path === null)
    return asked === null
      ? gpuText('package-not-installed', { package: PACKAGE })
      : gpuText('package-not-found', { package: asked });
  const glibc = glibcVersion();
  if (glibc !== null && isOlder(glibc, LEAST_GLIBC))
    return gpuText('glibc-too-old', { found: glibc.join('.'), package: PACKAGE, needed: LEAST_GLIBC.join('.') });
  return { path };
}

/** Beside the running bundle, as an optional peer dependency is, else where the command runs. */
function resolve(name: string): string | null {
  for (const start of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(start).resolve(name);
    } catch {
      // Not found from here.
    }
  }
  return null;
}

/** Null where there is no glibc. */
function glibcVersion(): readonly [number, number] | null {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const found = /^(\d+)\.(\d+)/.exec(header?.glibcVersionRuntime ?? '');
  return found === null ? null : [Number(found[1]), Number(found[2])];
}

function isOlder(
  [major, minor]: readonly [number, number],
  [leastMajor, leastMinor]: readonly [number, number],
): boolean {
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

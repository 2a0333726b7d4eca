import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Copies the installed extension without its `main` and `extensionKind`, so that a workbench that has a Node host runs it in
 * the web extension host all the same, as a browser without one does.
 * @returns the folder of the copy
 */
export function copyForWebHost(installed: string, target: string): string {
  const name = readdirSync(installed).find((each) => each.startsWith('tensor-loupe.'));
  if (name === undefined) throw new Error(`no extension of ours in ${installed}`);
  cpSync(join(installed, name), join(target, name), { recursive: true });
  const manifestPath = join(target, name, 'package.json');
  const {
    main: _,
    extensionKind: _kind,
    ...manifest
  } = JSON.parse(readFileSync(manifestPath, 'utf8')) as Record<string, unknown>;
  writeFileSync(manifestPath, JSON.stringify(manifest));
  return target;
}

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packageExtension } from '../../../scripts/package.mjs';
import { root } from '../../../scripts/setup.mjs';
import { ensureBrowser } from './browser.ts';
import { hostFolder, installHost, installVsix } from './host.ts';

declare module 'vitest' {
  interface ProvidedContext {
    browserPath: string;
    extensionsFolder: string;
    vsixPath: string;
  }
}

/**
 * Once before all workbench tests: the host and the browser are installed, the .vsix is packed from `dist/` and
 * installed, so what the tests drive is what a user gets.
 */
export default function prepare(project: TestProject): void {
  const cache = join(hostFolder, '.cache');
  rmSync(cache, { recursive: true, force: true });
  const extensionsFolder = join(cache, 'extensions');
  mkdirSync(extensionsFolder, { recursive: true });
  installHost();
  const vsixPath = packageExtension(join(root, 'test', 'artifacts', 'tensor-loupe.vsix'));
  installVsix(vsixPath, extensionsFolder, join(cache, 'install'));
  project.provide('browserPath', ensureBrowser());
  project.provide('extensionsFolder', extensionsFolder);
  project.provide('vsixPath', vsixPath);
}

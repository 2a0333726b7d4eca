/**
 * `npm run test:electron`: downloads desktop VS Code and runs `test/electron/` inside its extension host, as
 * @vscode/test-electron documents. It needs a network and, on Linux, a display (`xvfb-run -a npm run test:electron`).
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp({ production: true });
const { runTests } = await import('@vscode/test-electron');
const workspace = mkdtempSync(join(tmpdir(), 'tensor-loupe-electron-'));
cpSync(join(root, 'test', 'fixtures', 'checkpoints'), workspace, { recursive: true });
try {
  process.exitCode = await runTests({
    extensionDevelopmentPath: root,
    extensionTestsPath: join(root, 'test', 'electron', 'suite.cjs'),
    launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust', '--skip-welcome'],
  });
} finally {
  rmSync(workspace, { recursive: true, force: true });
}

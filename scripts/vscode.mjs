/**
 * `npm run vscode`: opens desktop VS Code with the extension and the samples, when its command `code` is there and there
 * is a screen; otherwise serves the real workbench to a browser. `--browser` asks for the second.
 */
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { root, runCommand, runNode, setUp } from './setup.mjs';

/** A copy, so that exports and experiments do not land in the repository's fixtures. */
const workspace = join(root, 'test', 'artifacts', 'samples');
const sample = join(workspace, 'gpt2-shakespeare', 'model.safetensors');
/** Opens the sample once custom editors are known; a file on the command line may open before. */
const opener = join(root, 'test', 'workbench', 'opener');
const isWindows = process.platform === 'win32';

function hasDesktopCode() {
  if (process.argv.includes('--browser')) return false;
  const hasScreen = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  return hasScreen && spawnSync('code', ['--version'], { shell: isWindows }).status === 0;
}

setUp();
cpSync(join(root, 'test', 'fixtures', 'checkpoints'), workspace, { recursive: true });
if (hasDesktopCode()) {
  const extensions = [root, opener].map((folder) => `--extensionDevelopmentPath=${folder}`);
  const env = { ...process.env, TENSOR_LOUPE_OPEN: sample };
  runCommand('code', ['--new-window', ...extensions, workspace], { shell: isWindows, env });
} else {
  runNode([join(root, 'test', 'workbench', 'support', 'serve.ts'), workspace, sample]);
}

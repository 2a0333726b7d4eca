import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { exitCodeOf, projectNode, root } from '../../../scripts/setup.mjs';

const BROWSER_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** What keeps Chromium from reaching out, and what it needs inside a container. */
const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** SwiftShader, Chromium's own software adapter: it proves results, not speed. */
export const SOFTWARE_GPU_FLAGS = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

/** Starts Chromium without a window. @param flags on top of ours */
export function launchBrowser(executablePath: string, flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...BROWSER_FLAGS, ...flags] });
}

/**
 * The path of a Chromium that starts: `TENSOR_LOUPE_BROWSER`, one on the PATH, one that Playwright installed, and if
 * there is none, one installed now: Debian's package when we may, else Playwright's own download.
 * @throws Error that says what to install
 */
export function ensureBrowser(): string {
  const found = findBrowser();
  if (found) return found;
  const failures = [installDebianChromium(), installPlaywrightChromium()].filter((each) => each !== undefined);
  const installed = findBrowser();
  if (installed) return installed;
  throw new Error(
    `Tests in the workbench need Chromium: install it, or set TENSOR_LOUPE_BROWSER. ${failures.join('; ')}`,
  );
}

/** The path of a Chromium that starts, if there is one. */
export function findBrowser(): string | undefined {
  const fromPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => BROWSER_NAMES.map((name) => join(folder, name)));
  const candidates = [process.env.TENSOR_LOUPE_BROWSER, ...fromPath, chromium.executablePath()];
  return candidates.find((path) => path !== undefined && path !== '' && isExecutable(path) && doesStart(path));
}

/** Ubuntu's `chromium-browser` may be a stub that only asks for a snap; a version is the proof. */
function doesStart(path: string): boolean {
  return spawnSync(path, ['--version', '--no-sandbox'], { timeout: 20_000 }).status === 0;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // absent or not ours to run: not a candidate
  }
}

/** @returns why it did not work, or undefined */
function installDebianChromium(): string | undefined {
  if (!existsSync('/etc/debian_version')) return 'not a Debian';
  if (/^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'))) return "Ubuntu's chromium package needs snap";
  if (process.getuid?.() !== 0) return 'not root, so no apt-get';
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  exitCodeOf('apt-get', ['update', '-q'], { env });
  const code = exitCodeOf('apt-get', ['install', '-y', '-q', 'chromium', 'fonts-liberation'], { env });
  return code === 0 ? undefined : `apt-get install chromium ended with ${code}`;
}

/** @returns why it did not work, or undefined */
function installPlaywrightChromium(): string | undefined {
  if (findBrowser()) return undefined;
  const cli = join(root, 'node_modules', 'playwright-core', 'cli.js');
  const withSystemLibraries = process.getuid?.() === 0 ? ['--with-deps'] : [];
  const code = exitCodeOf(projectNode, [cli, 'install', ...withSystemLibraries, 'chromium']);
  return code === 0 ? undefined : `playwright-core install chromium ended with ${code}`;
}

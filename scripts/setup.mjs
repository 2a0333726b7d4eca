/**
 * Brings a fresh clone to a built state, run by the machine's own Node (20 or newer), so it imports node builtins only:
 * installs the locked packages when they are missing or older than the lock, then builds `dist/`.
 * Other scripts call {@link setUp} first and go on under the Node 24 that the packages bring.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const OLDEST_NODE_MAJOR = 20;
const isWindows = process.platform === 'win32';

/** The Node 24 of the devDependency `node`, once packages are installed. */
export const projectNode = join(root, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node');

/** @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean }} RunOptions */

/**
 * Runs a command with its output shown.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @throws Error with the command line when it cannot start or exits non-zero
 */
export function runCommand(command, args, options = {}) {
  const code = exitCodeOf(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
}

/**
 * As {@link runCommand}, but a non-zero exit is the caller's to judge.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function exitCodeOf(command, args, options = {}) {
  const { error, status, signal } = spawnSync(command, args, { stdio: 'inherit', cwd: root, ...options });
  if (error) throw new Error(`${command} did not start`, { cause: error });
  return status ?? (signal === 'SIGINT' ? 130 : 1);
}

/**
 * Runs a script or a package's own entry under the project's Node 24.
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function runNode(args, options = {}) {
  runCommand(projectNode, args, { ...options, env: withProjectNode(options.env) });
}

/** An environment in which `node` and the tools of node_modules are the project's. */
export function withProjectNode(env = process.env) {
  const separator = isWindows ? ';' : ':';
  const folders = [dirname(projectNode), join(root, 'node_modules', '.bin')];
  return { ...env, PATH: [...folders, env.PATH ?? ''].join(separator) };
}

/**
 * Runs npm: the one that started us, so that its version and settings stay, else the one on the PATH.
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function runNpm(args, options = {}) {
  const npmCli = process.env.npm_execpath;
  if (npmCli?.endsWith('.js')) runCommand(process.execPath, [npmCli, ...args], options);
  else runCommand(isWindows ? 'npm.cmd' : 'npm', args, { ...options, shell: isWindows });
}

/**
 * True when `folder`'s node_modules holds what its package-lock.json asks for. npm notes what it installed in
 * `node_modules/.package-lock.json`; entries for other platforms and workspace folders are not in there.
 * @param {string} folder
 */
export function hasLockedPackages(folder) {
  const installedFile = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const installed = readPackages(installedFile);
  const wanted = readPackages(join(folder, 'package-lock.json'));
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || entry.optional || entry.devOptional || entry.peer) return true;
    return installed[path]?.version === entry.version;
  });
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version: string, optional?: boolean, devOptional?: boolean, peer?: boolean }>}
 */
function readPackages(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

/** The npm package `node` fetches its binary in an install script, which some npm settings forbid: then we run it. */
function ensureProjectNode() {
  const folder = join(root, 'node_modules', 'node');
  if (!existsSync(projectNode)) runCommand(process.execPath, ['installArchSpecificPackage.js'], { cwd: folder });
  const { status } = spawnSync(projectNode, ['--version']);
  if (status !== 0) throw new Error(`the Node of the packages does not run here: ${projectNode}`);
}

/** Installs what is missing and builds. @param {{ production?: boolean }} [options] production: minified bundles */
export function setUp({ production = false } = {}) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE_MAJOR) {
    throw new Error(`Node ${OLDEST_NODE_MAJOR} or newer is needed, this is ${process.versions.node}`);
  }
  if (!hasLockedPackages(root)) runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  ensureProjectNode();
  runNode(['esbuild.mjs', ...(production ? ['--production'] : [])]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) setUp();

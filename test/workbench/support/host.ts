import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hasLockedPackages, projectNode, runNpm } from '../../../scripts/setup.mjs';

/** code-server: the real VS Code workbench and Node extension host, served to a browser; it comes from npm alone. */
export const hostFolder = fileURLToPath(new URL('../host', import.meta.url));
const serverFolder = join(hostFolder, 'node_modules', 'code-server');
const serverEntry = join(serverFolder, 'out', 'node', 'entry.js');

const START_TIMEOUT_MS = 60_000;

/**
 * Installs code-server by its own lock, and inside it the packages of the workbench by the lock it ships. Install
 * scripts stay off: they build native helpers that are not needed here and would ask for a compiler.
 */
export function installHost(): void {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!hasLockedPackages(hostFolder)) runNpm(['ci', ...quiet], { cwd: hostFolder });
  const workbench = join(serverFolder, 'lib', 'vscode');
  // Not `npm ci`: the lock it ships leaves the development packages out that its package.json names, which ci refuses.
  const isInstalled = existsSync(join(workbench, 'node_modules', '.package-lock.json'));
  if (!isInstalled) runNpm(['install', '--omit=dev', ...quiet], { cwd: workbench });
}

export interface HostOptions {
  /** The folder that the workbench opens. */
  workspace: string;
  /** Unpacked extensions, one folder each. */
  extensionsFolder: string;
  /** Settings, state and logs of this run. */
  userDataFolder: string;
  /** 0 takes a free port. */
  port?: number;
}

/** A running workbench server. Whoever starts it stops it. */
export interface Host {
  /** Opens the workspace. */
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts the server and waits until it answers. @throws Error with the server's output when it does not in a minute */
export async function startHost(options: HostOptions): Promise<Host> {
  const port = options.port || (await findFreePort());
  const child = spawn(projectNode, [serverEntry, ...hostArguments(options, port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: withoutVscodeVariables(process.env),
  });
  const output: string[] = [];
  child.stdout?.on('data', (chunk) => output.push(String(chunk)));
  child.stderr?.on('data', (chunk) => output.push(String(chunk)));
  const origin = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(force);
  };
  try {
    await waitUntilServed(`${origin}/healthz`, child);
  } catch (error) {
    await stop();
    throw new Error(`code-server did not start:\n${output.join('')}`, { cause: error });
  }
  return { url: `${origin}/?folder=${encodeURIComponent(options.workspace)}`, process: child, stop };
}

/**
 * Installs a .vsix into `extensionsFolder` as VS Code's own `--install-extension` does. Its output is shown only when it
 * fails: it complains of native helpers that are not installed here.
 */
export function installVsix(vsix: string, extensionsFolder: string, userDataFolder: string): void {
  const folders = ['--extensions-dir', extensionsFolder, '--user-data-dir', userDataFolder];
  const { status, stdout, stderr } = spawnSync(
    projectNode,
    [serverEntry, '--install-extension', vsix, '--force', ...folders],
    { env: withoutVscodeVariables(process.env), encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${vsix} could not be installed:\n${stdout}${stderr}`);
}

function hostArguments(options: HostOptions, port: number): string[] {
  return [
    ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`],
    ...['--user-data-dir', options.userDataFolder, '--extensions-dir', options.extensionsFolder],
    ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'],
    options.workspace,
  ];
}

/** Inside a VS Code terminal these would make code-server talk to that window instead of starting. */
function withoutVscodeVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('VSCODE_')));
}

async function waitUntilServed(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}`);
    const isServed = await fetch(url).then(
      (response) => response.ok,
      () => false, // not listening yet
    );
    if (isServed) return;
    await delay(100);
  }
  throw new Error(`no answer in ${START_TIMEOUT_MS} ms`);
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  server.close();
  return address.port;
}

import { spawn } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, vi } from 'vitest';
import { ensureKernels } from '../../../scripts/buildKernels.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const checkpoints = join(root, 'test', 'fixtures', 'checkpoints');
export const LLAMA = join(checkpoints, 'llama-shakespeare');
export const GPT2 = join(checkpoints, 'gpt2-shakespeare');

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly node?: string;
  readonly cwd?: string;
  /** Ctrl-C is sent when this comes true. */
  readonly interruptWhen?: () => Promise<void>;
}

/** The command line, bundled from the sources as it ships, and a folder for what it writes. */
export interface Loupe {
  readonly script: string;
  readonly folder: string;
  run(args: readonly string[], options?: RunOptions): Promise<Run>;
  /** Runs with `--json`; fails the test where stdout is not exactly one JSON document. */
  json<Document>(args: readonly string[], code?: number): Promise<Document>;
}

/** Bundles `loupe` once for a test file; the folder goes away with it. */
export function installLoupe(): Loupe {
  let home = '';
  // A test starts several processes, on a machine that may be busy.
  vi.setConfig({ testTimeout: 60_000 });
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'loupe-cli-'));
    await bundle(join(home, 'dist'));
    await copyFile(join(root, 'package.json'), join(home, 'package.json'));
    await cp(join(root, 'media', 'recipes'), join(home, 'media', 'recipes'), { recursive: true });
    await mkdir(join(home, 'work'));
  }, 60_000);
  afterAll(() => rm(home, { recursive: true, force: true }));
  const loupe: Loupe = {
    get script() {
      return join(home, 'dist', 'cli.js');
    },
    get folder() {
      return join(home, 'work');
    },
    run: (args, options = {}) => runScript(loupe.script, args, { cwd: loupe.folder, ...options }),
    async json<Document>(args: readonly string[], code = 0): Promise<Document> {
      const run = await loupe.run([...args, '--json']);
      if (run.code !== code)
        throw new Error(`loupe ${args.join(' ')} ended with ${run.code}: ${run.stderr}${run.stdout}`);
      return JSON.parse(run.stdout) as Document;
    },
  };
  return loupe;
}

async function bundle(outdir: string): Promise<void> {
  await ensureKernels();
  const common = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', logLevel: 'error' } as const;
  await build({ ...common, entryPoints: ['src/cli/main.ts'], outfile: join(outdir, 'cli.js'), format: 'esm' });
  await build({
    ...common,
    entryPoints: ['src/worker/node.ts'],
    outfile: join(outdir, 'worker.cjs'),
    format: 'cjs',
    loader: { '.wasm': 'binary' },
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
}

function runScript(script: string, args: readonly string[], options: RunOptions): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.node ?? process.execPath, [script, ...args], { cwd: options.cwd });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr += part;
    });
    child.on('error', reject);
    void options.interruptWhen?.().then(() => child.kill('SIGINT'));
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

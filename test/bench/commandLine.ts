import { fileURLToPath } from 'node:url';
import type { RunInfo } from '../../src/protocol/documents.ts';
import { outputOf } from './jobs/runJob.ts';

const commandLine = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Runs the built `loupe` with `--json` among its arguments. @returns time and memory, as the process itself tells */
export async function runCommandLine(args: readonly string[]): Promise<RunInfo> {
  const document = JSON.parse(await outputOf(process.execPath, [commandLine, ...args])) as { readonly run: RunInfo };
  return document.run;
}

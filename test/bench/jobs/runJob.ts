import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a job prints as its last line. */
export interface JobAnswer {
  /** Of each round, in order, by the name of what was timed. */
  readonly seconds: Readonly<Record<string, readonly number[]>>;
  readonly peakBytes: number;
}

/** Runs a job in a process of its own, so that its peak of memory is its own. @throws Error with what it printed */
export async function runJob(script: string, ask: unknown): Promise<JobAnswer> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return JSON.parse(await outputOf(process.execPath, ['--no-warnings', path, JSON.stringify(ask)])) as JobAnswer;
}

/** The last line that a program prints. @throws Error when it cannot start or exits non-zero */
export async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args[0]} ended with ${code}: ${Buffer.concat(errors).toString()}`);
  return Buffer.concat(chunks).toString().trimEnd();
}

/** Prints the answer of a job. */
export function answerJob(seconds: JobAnswer['seconds']): void {
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ seconds, peakBytes } satisfies JobAnswer));
}

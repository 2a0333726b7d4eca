import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const checkpoints = fileURLToPath(new URL('../../fixtures/checkpoints/', import.meta.url));

/** A folder of one's own for the time of the test. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'loupe-session-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of a bundled checkpoint. */
export function copySample(name: 'llama-shakespeare' | 'gpt2-shakespeare', into = temporaryFolder()): string {
  const copy = join(into, name);
  cpSync(join(checkpoints, name), copy, { recursive: true });
  return copy;
}

/** Every file below a folder with its bytes as text, for comparing folders whole. */
export function snapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string): void => {
    for (const name of readdirSync(path)) {
      const below = join(path, name);
      if (statSync(below).isDirectory()) visit(below);
      else found[relative(folder, below)] = readFileSync(below).toString('latin1');
    }
  };
  visit(folder);
  return found;
}

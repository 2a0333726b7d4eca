import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from './support/sourceFiles.ts';

/** Runs a tool of node_modules/.bin. @returns its output when it failed, else an empty string */
function complaintsOf(tool: string, args: string[]): string {
  const path = join(repositoryRoot, 'node_modules', '.bin', tool);
  const { status, stdout, stderr } = spawnSync(path, args, { cwd: repositoryRoot, encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}` || `${tool} ended with ${status}`;
}

test('every project passes the type check', () => {
  expect(complaintsOf('tsc', ['-b'])).toBe('');
});

test('every file passes lint and is formatted', () => {
  expect(complaintsOf('biome', ['check', '--colors=off'])).toBe('');
});

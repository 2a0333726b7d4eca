import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { listFiles, readText, repositoryRoot } from './support/sourceFiles.ts';

/*
 * What the documentation shows is true. A block of `console` holds commands after `$ ` and what they print: lines in order, `…`
 * for lines left out, `[exit N]` where it is not 0. A block of `json` after `<!-- loupe … --json -->` shows a part of that
 * document, one after `<!-- file NAME -->` is a file that commands read. Commands run one after another in a folder with
 * the bundled checkpoints and the example recipes.
 */

const pages = listFiles().filter((path) => /^(README|CONTRIBUTING)\.md$|^docs\/[^/]+\.md$/.test(path));
const workspace = mkdtempSync(join(tmpdir(), 'tensor-loupe-docs-'));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

for (const folder of ['test/fixtures/checkpoints', 'docs/examples']) {
  cpSync(join(repositoryRoot, folder), workspace, { recursive: true });
}

interface Ran {
  readonly output: string;
  readonly exitCode: number | null;
}

function run(command: string): Ran {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  expect(words[0]).toBe('loupe');
  const cli = join(repositoryRoot, 'dist', 'cli.js');
  const { stdout, stderr, status } = spawnSync(process.execPath, [cli, ...words.slice(1)], {
    cwd: workspace,
    encoding: 'utf8',
  });
  return { output: stdout + stderr, exitCode: status };
}

/** Commands of a block with the lines shown after each. */
function commandsOf(block: string): { command: string; shown: string[] }[] {
  const commands: { command: string; shown: string[] }[] = [];
  for (const line of block.trimEnd().split('\n')) {
    if (line.startsWith('$ ')) commands.push({ command: line.slice(2), shown: [] });
    else commands.at(-1)?.shown.push(line);
  }
  return commands;
}

function expectShown({ output, exitCode }: Ran, shown: readonly string[]): void {
  const exit = shown.find((line) => /^\[exit \d+\]$/.test(line));
  expect(`[exit ${exitCode}]`).toBe(exit ?? '[exit 0]');
  const lines = output.split('\n');
  let next = 0;
  let maySkip = false;
  for (const line of shown.filter((each) => each !== exit)) {
    if (line === '…') {
      maySkip = true;
      continue;
    }
    const found = maySkip ? lines.indexOf(line, next) : next;
    expect(lines[found], `after line ${next}`).toBe(line);
    next = found + 1;
    maySkip = false;
  }
}

/** Measured anew in each run. */
const RUN_KEYS = new Set(['seconds', 'peak_memory_bytes', 'threads']);

/** True where `part` is a part of `whole`: its keys are there, its items are among those of a list, its numbers but for rounding. */
function isPartOf(part: unknown, whole: unknown, key = ''): boolean {
  if (RUN_KEYS.has(key)) return typeof part === typeof whole;
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((item) => whole.some((other) => isPartOf(item, other)));
  }
  if (typeof part === 'number' && typeof whole === 'number') return Math.abs(part - whole) <= 1e-9 * Math.abs(part);
  if (part === null || typeof part !== 'object') return part === whole;
  if (whole === null || typeof whole !== 'object') return false;
  return Object.entries(part).every(([name, value]) => isPartOf(value, Reflect.get(whole, name), name));
}

test.each(pages)('%s has no dead link to a file', (page) => {
  const links = [...readText(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
  const files = links.filter((link) => !/^[a-z]+:/.test(link));
  const dead = files.filter((link) => !existsSync(join(repositoryRoot, normalize(join(dirname(page), link)))));
  expect(dead).toEqual([]);
});

const EXAMPLE = /```console\n([\s\S]*?)```|<!-- (loupe [^>]*?--json|file \S+) -->\s+```json\n([\s\S]*?)```/g;
const pagesWithExamples = pages
  .map((page) => ({ page, blocks: [...readText(page).matchAll(EXAMPLE)] }))
  .filter(({ blocks }) => blocks.length > 0);

test('the documentation has examples', () => {
  expect(pagesWithExamples.map(({ page }) => page)).toEqual(expect.arrayContaining(['README.md', 'docs/cli.md']));
});

describe.each(pagesWithExamples)('$page', ({ blocks }) => {
  test(`shows what its ${blocks.length} examples print`, { timeout: 120_000 }, () => {
    for (const [, session, command, json] of blocks) {
      if (session !== undefined) {
        for (const each of commandsOf(session)) expectShown(run(each.command), each.shown);
      } else if (command?.startsWith('file ')) {
        writeFileSync(join(workspace, command.slice('file '.length)), json ?? '');
      } else {
        const shown = JSON.parse(json ?? '') as object;
        const { output } = run(command ?? '');
        const document = JSON.parse(output.slice(0, output.lastIndexOf('}') + 1)) as object;
        expect(Object.keys(shown)).toEqual(Object.keys(document));
        expect(isPartOf(shown, document), `${command}\n${output.slice(0, 2000)}`).toBe(true);
      }
    }
    // What a page saved is not there for the next one.
    for (const name of readdirSync(workspace)) {
      if (!/-shakespeare$|\.loupe\.json$/.test(name)) rmSync(join(workspace, name), { recursive: true });
    }
  });
});

import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from './support/sourceFiles.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tensor-loupe-packages-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** @returns standard output. @throws Error with the output when the command fails */
function outputOf(command: string, args: string[], cwd = repositoryRoot): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** The Node of the machine, not the one that the project's packages bring. */
function machineNode(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const found = folders.map((folder) => join(folder, 'node')).find(isExecutable);
  if (!found) throw new Error('no Node on the PATH outside node_modules');
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run
  }
}

describe('the .vsix', () => {
  const files = outputOf(join(repositoryRoot, 'node_modules', '.bin', 'vsce'), ['ls', '--no-dependencies'])
    .trim()
    .split('\n');

  test('holds the bundles, the texts and the licence', () => {
    const wanted = [
      'dist/extension.cjs',
      'dist/extension.web.cjs',
      'dist/worker.cjs',
      'dist/gpu.cjs',
      'dist/cli.js',
      'dist/webview/page.js',
      'dist/webview/page.css',
    ];
    const manifest = ['package.json', 'package.nls.json', 'package.nls.de.json', 'l10n/bundle.l10n.de.json'];
    const texts = [...manifest, 'README.md', 'CHANGELOG.md', 'LICENSE'];
    expect(files).toEqual(expect.arrayContaining([...wanted, ...texts, 'media/recipes/gpt2-int8.loupe.json']));
  });

  test('holds nothing that its list of allowed files does not name', () => {
    const allowed =
      /^(dist\/(?!kernels\.wasm)|media\/|l10n\/|package(\.nls.*)?\.json$|README\.md$|CHANGELOG\.md$|LICENSE$)/;
    expect(files.filter((path) => !allowed.test(path) || path.endsWith('.map'))).toEqual([]);
  });
});

describe('the npm package', () => {
  test('installs the command line, which runs on the Node of the machine', () => {
    const [packed] = JSON.parse(outputOf('npm', ['pack', '--json', '--pack-destination', scratch])) as [
      { filename: string; files: { path: string }[] },
    ];
    const recipes = readdirSync(join(repositoryRoot, 'media', 'recipes'))
      .map((name) => `media/recipes/${name}`)
      .sort();
    const paths = packed.files.map((file) => file.path).sort();
    // npm always packs what `main` and `browser` name: here the extension, which the command line does not need.
    const code = ['cli.js', 'extension.cjs', 'extension.web.cjs', 'gpu.cjs', 'worker.cjs'].map(
      (name) => `dist/${name}`,
    );
    expect(paths).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', ...code, ...recipes, 'package.json']);

    const prefix = join(scratch, 'prefix');
    outputOf('npm', ['install', '--global', '--offline', '--prefix', prefix, join(scratch, packed.filename)], scratch);
    const sample = join(repositoryRoot, 'test', 'fixtures', 'checkpoints', 'gpt2-shakespeare', 'model.safetensors');
    const installed = join(prefix, 'lib', 'node_modules', 'tensor-loupe', 'dist', 'cli.js');
    const report = JSON.parse(outputOf(machineNode(), [installed, 'scan', sample, '--json'])) as { schema: string };
    expect(report.schema).toBe('loupe/scan/1');
    expect(outputOf(machineNode(), [installed, 'recipes'], scratch)).toContain('gpt2-int8 ');
  });
});

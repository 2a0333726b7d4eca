import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeFileSystem as files } from '../../../src/session/saving/nodeFileSystem.ts';
import { sideFilesOf } from '../../../src/session/saving/sideFiles.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'loupe-side-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
}

async function namesOf(leftOut: readonly string[] = []): Promise<string[]> {
  const side = await sideFilesOf(files, folder, leftOut);
  return side.files.map(({ name }) => name);
}

describe('from the folder of a model', () => {
  beforeEach(() => write('config.json'));

  test('everything goes along, at any depth', async () => {
    const names = [
      'tokenizer.json',
      'modeling_x.py',
      'chat_template.jinja',
      'LICENSE',
      'onnx/config.json',
      'a/b/c.txt',
    ];
    write(...names);
    expect(await namesOf()).toEqual([...names, 'config.json'].sort());
  });

  test('weights of every library, their indexes and .git stay', async () => {
    write(
      'model.safetensors',
      'model.safetensors.index.json',
      'pytorch_model.bin',
      'pytorch_model.bin.index.json',
      'consolidated.00.pth',
      'model.pt',
      'model.ptl',
      'tf_model.h5',
      'flax_model.msgpack',
      'onnx/model.onnx',
      'model.Q4_0.gguf',
      'rust_model.ot',
      '.git/config',
      '.cache/huggingface/download/x.metadata',
    );
    expect(await namesOf()).toEqual(['config.json']);
  });

  test('the target and earlier saves in it stay', async () => {
    write(
      'packed/config.json',
      'earlier/config.json',
      'earlier/tensor-loupe-report.json',
      'x.loupe-partial/config.json',
    );
    expect(await namesOf([join(folder, 'packed')])).toEqual(['config.json']);
  });

  test('links to files are followed, links to folders are named', async () => {
    write('elsewhere.blob');
    mkdirSync(join(folder, 'dir'));
    symlinkSync(join(folder, 'elsewhere.blob'), join(folder, 'dir', 'tokenizer.json'));
    symlinkSync(folder, join(folder, 'dir', 'up'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dir', 'dangling'));
    const side = await sideFilesOf(files, folder, []);
    expect(side.files.find(({ name }) => name === 'dir/tokenizer.json')?.from).toBe(join(folder, 'elsewhere.blob'));
    expect(side.notes.map(({ why }) => why)).toEqual([
      'dir/dangling is a link to nothing and was not copied along.',
      'dir/up is a link to a folder and was not copied along.',
    ]);
  });

  test('of a folder that is far too large for one only what loaders know goes along, and that is said', async () => {
    write('tokenizer.json', 'film.mkv');
    truncateSync(join(folder, 'film.mkv'), 2e9);
    const side = await sideFilesOf(files, folder, []);
    expect(side.files.map(({ name }) => name)).toEqual(['config.json', 'tokenizer.json']);
    expect(side.notes.map(({ why }) => why).join()).toMatch(/more than/);
  });
});

test('beside a lone file in somebody’s folder only what loaders know goes along, and that is said', async () => {
  write('lone.safetensors', 'tokenizer.json', 'holiday.jpg', 'taxes/2024.pdf');
  const side = await sideFilesOf(files, folder, []);
  expect(side.files.map(({ name }) => name)).toEqual(['tokenizer.json']);
  expect(side.notes.map(({ why }) => why).join()).toMatch(/no config\.json/);
});

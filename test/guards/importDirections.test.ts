import { describe, expect, test } from 'vitest';
import { type Import, importsOf } from './support/imports.ts';
import { listFiles } from './support/sourceFiles.ts';

/**
 * Which room may import which: the table of docs/architecture.md. A room may always import itself; packages and rooms
 * that are not listed are refused.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'src/safetensors-js': [],
  'src/core': ['safetensors-js'],
  'src/protocol': ['src/core'],
  'src/kernels': ['src/core', 'dist/kernels.wasm'],
  'src/worker': ['src/kernels', 'src/protocol', 'src/core', 'safetensors-js', 'safetensors-js/node', 'node:'],
  'src/session': [
    'src/protocol',
    'src/core',
    'safetensors-js',
    'safetensors-js/node',
    'node:',
    'bundled:worker',
    'bundled:gpu',
    'bundled:recipes',
  ],
  'src/extension': [
    'src/session',
    'src/protocol',
    'src/core',
    'safetensors-js',
    'safetensors-js/node',
    'node:',
    'vscode',
  ],
  'src/cli': ['src/session', 'src/protocol', 'src/core', 'safetensors-js', 'safetensors-js/node', 'node:'],
  webview: ['src/protocol', 'src/core', 'bundled:gpu', '@vscode/webview-ui-toolkit', '@vscode/codicons'],
};

/** Only here may the reader of safetensors touch Node. */
const SAFETENSORS_NODE = /^src\/safetensors-js\/(node\/|node\.ts$|build\.mjs$)/;

const rooms = Object.keys(MAY_IMPORT);
const roomOf = (path: string): string => rooms.find((room) => path.startsWith(`${room}/`)) ?? path;

function isAllowed({ from, specifier, path }: Import): boolean {
  const room = roomOf(from);
  if (path !== null) return roomOf(path) === room || (MAY_IMPORT[room] ?? []).includes(roomOf(path));
  if (specifier.startsWith('node:')) return MAY_IMPORT[room]?.includes('node:') || SAFETENSORS_NODE.test(from);
  return MAY_IMPORT[room]?.includes(specifier) ?? false;
}

const sources = rooms.flatMap((room) => listFiles(room)).filter((path) => /\.(ts|mjs)$/.test(path));
const imports = sources
  .filter((path) => !path.startsWith('src/kernels/wasm/') && !path.endsWith('.d.ts'))
  .flatMap(importsOf);
const describeImport = ({ from, specifier }: Import): string => `${from} imports ${specifier}`;

describe('imports', () => {
  test('are found in every room', () => {
    const silent = rooms.filter((room) => !imports.some(({ from }) => roomOf(from) === room));
    expect(silent).toEqual([]);
  });

  test('go only where the table of the architecture allows', () => {
    expect(imports.filter((each) => !isAllowed(each)).map(describeImport)).toEqual([]);
  });

  test('name files with their extension and packages by their name', () => {
    const bare = imports.filter(({ path }) => path !== null && !/\.(ts|css|svg|wasm)$/.test(path));
    expect(bare.map(describeImport)).toEqual([]);
  });

  test('reach @vscode/webview-ui-toolkit from one file', () => {
    const importers = new Set(imports.filter((each) => each.specifier.includes('ui-toolkit')).map(({ from }) => from));
    expect([...importers]).toHaveLength(1);
  });

  test('of AssemblyScript kernels stay in their folder', () => {
    const kernels = sources.filter((path) => path.startsWith('src/kernels/wasm/')).flatMap(importsOf);
    const strays = kernels.filter(({ path }) => !path?.startsWith('src/kernels/wasm/'));
    expect(kernels.length).toBeGreaterThan(0);
    expect(strays.map(describeImport)).toEqual([]);
  });
});

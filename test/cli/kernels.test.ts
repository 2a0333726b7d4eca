import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KernelsDocument } from '../../src/protocol/documents.ts';
import { installLoupe, LLAMA } from './support/loupe.ts';

const loupe = installLoupe();

describe('kernels', () => {
  it('tells every backend with a reason, and that the reference is always there', async () => {
    const document = await loupe.json<KernelsDocument>(['kernels', '--threads', '3']);
    expect(document).toMatchObject({ schema: 'loupe/kernels/1', threads: 3 });
    expect(document.backends.map(({ id }) => id)).toEqual(expect.arrayContaining(['wasm', 'ref']));
    expect(document.backends.find(({ id }) => id === 'ref')?.available).toBe(true);
    for (const { why } of document.backends) expect(why).not.toBe('');
  });
});

/** A Node on the PATH, 20 or later, that is not the one that runs the tests. */
function otherNode(): { readonly path: string; readonly version: string } | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
    if (!existsSync(path)) continue;
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
    if (version !== process.version && Number(version.slice(1).split('.')[0]) >= 20) return { path, version };
  }
  return null;
}

describe("the machine's own Node", () => {
  const other = otherNode();

  it.skipIf(other === null)(
    `${other?.version ?? '(none but that of the tests)'} runs every step of the way`,
    async () => {
      const node = other!.path;
      const packed = join(loupe.folder, 'packed');
      const flags = ['--quantizer', 'absmax', '--bits', '4', '--group-size', '64'];
      const runs = [
        ['inspect', LLAMA],
        ['scan', LLAMA, '--tensor', '*.norm.weight'],
        ['measure', LLAMA, ...flags],
        ['quantize', LLAMA, ...flags, '--format', 'compressed-tensors', '--out', packed],
        ['verify', packed, '--against', LLAMA],
        ['kernels'],
      ];
      for (const args of runs) {
        const { code, stderr } = await loupe.run(args, { node });
        expect({ command: args[0], code, stderr }).toEqual({ command: args[0], code: 0, stderr: '' });
      }
    },
  );
});

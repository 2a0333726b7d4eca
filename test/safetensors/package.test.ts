import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../src/safetensors-js', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.startsWith('dist/'));

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return Array.from(
    text.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g),
    ([, from, dynamic]) => from ?? dynamic ?? '',
  );
}

describe('the package safetensors-js', () => {
  it('has no dependencies of any kind', () => {
    expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
  });

  it('imports nothing but its own files, and Node only for Node', () => {
    expect(sources.length).toBeGreaterThan(20);
    const foreign = sources.flatMap((path) => {
      const isForNode = path === 'node.ts' || path.startsWith('node/');
      const isAllowed = (name: string): boolean =>
        name.startsWith('.') || (isForNode && builtinModules.includes(name.replace(/^node:/, '')));
      return importsOf(path)
        .filter((name) => !isAllowed(name))
        .map((name) => `${path}: ${name}`);
    });
    expect(foreign).toEqual([]);
  });

  it('keeps what needs Node out of what does not', () => {
    const neutral = sources.filter((path) => path !== 'node.ts' && !path.startsWith('node/'));
    expect(neutral.flatMap(importsOf).filter((name) => name.includes('/node'))).toEqual([]);
  });

  it('exports its three entry points', async () => {
    expect(Object.keys(manifest.exports as object)).toEqual(['.', './node', './http', './package.json']);
    expect(Object.keys(await import('safetensors-js/http'))).toEqual(['HttpSource']);
    expect(Object.keys(await import('safetensors-js/node')).sort()).toEqual([
      'NodeFileSink',
      'NodeFileSource',
      'nodeFolder',
      'openCheckpointPath',
    ]);
  });
});

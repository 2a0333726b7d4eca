import { afterAll, describe, expect, test } from 'vitest';
import uriPath, { setBaseFolder } from '../../../src/session/web/uriPath.ts';

const { basename, dirname, isAbsolute, join, relative, resolve } = uriPath;
afterAll(() => setBaseFolder('file:///'));

describe('paths that are URIs', () => {
  test('join and resolve dots, but not above the root', () => {
    expect(join('vfs://host/a', 'b', '../c')).toBe('vfs://host/a/c');
    expect(join('vfs://host', '..', 'a')).toBe('vfs://host/a');
    expect(join('a', '..')).toBe('.');
  });

  test('have a root that is its own folder', () => {
    expect(dirname('vfs://host/a/b')).toBe('vfs://host/a');
    expect(dirname('vfs://host/a')).toBe('vfs://host/');
    expect(dirname('vfs://host/')).toBe('vfs://host/');
    expect(basename('vfs://host/a/m.safetensors', '.safetensors')).toBe('m');
    expect(basename('vfs://host/')).toBe('');
  });

  test('without a scheme lie in the base folder, or at its root', () => {
    setBaseFolder('vfs://host/project');
    expect(resolve('out')).toBe('vfs://host/project/out');
    expect(resolve('/elsewhere')).toBe('vfs://host/elsewhere');
    expect(resolve('file:///a')).toBe('file:///a');
    expect([isAbsolute('vfs://host/a'), isAbsolute('/a'), isAbsolute('a')]).toEqual([true, true, false]);
  });

  test('tell the way between them, and that there is none between file systems', () => {
    expect(relative('vfs://host/a/b', 'vfs://host/a/c/d')).toBe('../c/d');
    expect(relative('vfs://host/a', 'vfs://host/a')).toBe('');
    expect(relative('vfs://host/a', 'file:///a')).toBe('file:///a');
  });
});

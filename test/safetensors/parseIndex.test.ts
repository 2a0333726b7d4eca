import { parseIndex } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { faultOf } from './support/buildFile.ts';

const mapTo = (path: string): string => JSON.stringify({ metadata: {}, weight_map: { w: path } });

describe('parseIndex', () => {
  it('reads the map in its order, and the total', () => {
    const text = '{"metadata":{"total_size":12,"total_parameters":3},"weight_map":{"10":"b","2":"a","__proto__":"a"}}';
    const { weightMap, totalSize } = parseIndex(text);
    expect([...weightMap]).toEqual([
      ['10', 'b'],
      ['2', 'a'],
      ['__proto__', 'a'],
    ]);
    expect(totalSize).toBe(12);
  });

  it.each([
    '{"weight_map":{}}',
    '{"metadata":null,"weight_map":{}}',
    '{"metadata":{"total_size":12.0},"weight_map":{}}',
  ])('takes an index without a whole total: %s', (text) => {
    expect(parseIndex(text)).toEqual({ weightMap: new Map(), totalSize: null });
  });

  it.each(['model.safetensors', 'unet/model.safetensors', 'a..b.safetensors', '...', 'é 😀.safetensors'])(
    'takes the path %j',
    (path) => {
      expect(parseIndex(mapTo(path)).weightMap.get('w')).toBe(path);
    },
  );

  it.each([
    '../model.safetensors',
    'a/../../model.safetensors',
    'a/..',
    '..',
    '.',
    './model.safetensors',
    '/etc/passwd',
    '//host/share',
    'a//b',
    'a/',
    '',
    'C:\\model.safetensors',
    'C:model.safetensors',
    '..\\model.safetensors',
    'a\\b',
    '\\\\host\\share',
    'file:///etc/passwd',
    'model.safetensors:stream',
    'a\0b',
  ])('refuses the path %j', async (path) => {
    const fault = await faultOf(() => parseIndex(mapTo(path)));
    expect(fault).toMatchObject({ code: 'index/unsafe-path', args: { tensor: 'w', path } });
  });

  it.each([
    ['index/not-json', ''],
    ['index/not-json', '{"weight_map":{}'],
    ['index/not-json', '{"weight_map":{},}'],
    ['index/not-json', '{"weight_map":{}} x'],
    ['index/not-json', `{"x":${'['.repeat(200)}`],
    ['index/git-lfs-pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n'],
    ['index/no-weight-map', '[]'],
    ['index/no-weight-map', '{"metadata":{}}'],
    ['index/no-weight-map', '{"weight_map":[]}'],
    ['index/bad-weight-map', '{"weight_map":{"w":1}}'],
    ['index/bad-weight-map', '{"weight_map":{"w":null}}'],
    ['index/duplicate-key', '{"weight_map":{"w":"a","w":"b"}}'],
    ['index/duplicate-key', '{"weight_map":{},"weight_map":{}}'],
  ])('refuses with %s: %j', async (code, text) => {
    expect((await faultOf(() => parseIndex(text))).code).toBe(code);
  });
});

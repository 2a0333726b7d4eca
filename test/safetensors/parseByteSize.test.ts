import { parseByteSize } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { faultOf } from './support/buildFile.ts';

describe('parseByteSize', () => {
  it.each([
    ['5GB', 5e9],
    ['5gb', 5e9],
    [' 1.5 MB ', 1_500_000],
    ['0.0005KB', 0],
    ['2TB', 2e12],
    ['10KB', 1e4],
    ['10B', 10],
    ['1000', 1000],
    ['1.9', 1],
  ])('reads %j', async (text, size) => {
    if (size > 0) expect(parseByteSize(text)).toBe(size);
    else expect((await faultOf(() => parseByteSize(text))).code).toBe('plan/bad-byte-size');
  });

  it.each(['', 'GB', '5GiB', '-5GB', '5 G', '1e9', 'five', '99999TB99', '99999999999TB'])(
    'refuses %j',
    async (text) => {
      expect((await faultOf(() => parseByteSize(text))).code).toBe('plan/bad-byte-size');
    },
  );
});

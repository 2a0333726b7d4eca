import { MAX_HEADER_BYTES, MemorySource, planFile, readHeader } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { buildFile, CountingSource, entry, faultOf } from './support/buildFile.ts';

const W = `{${entry('w', 'F32', [2, 2], 0, 16)}}`;
const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const faultIn = (bytes: Uint8Array) => faultOf(() => readHeader(new MemorySource(bytes)));

describe('readHeader', () => {
  it('reads 8 bytes and the header text, whatever the size of the file', async () => {
    const { headerBytes, fileBytes } = planFile([{ name: 'w', dtype: 'BF16', shape: [2 ** 20, 2 ** 19] }]);
    const source = new CountingSource(headerBytes, fileBytes);
    const header = await readHeader(source);
    expect(header.fileBytes).toBeGreaterThan(2 ** 40);
    expect(source.bytesRead).toBe(8 + header.headerBytes);
    expect(source.reads).toBe(2);
  });

  it('reads no header that the prefix claims beyond the limit or the file', async () => {
    for (const claimed of [
      MAX_HEADER_BYTES + 1,
      2n ** 32n,
      2n ** 53n + 1n,
      2n ** 63n,
      2n ** 64n - 1n,
      2n ** 64n - 9n,
    ]) {
      const source = new CountingSource(buildFile(W, 16, claimed));
      const fault = await faultOf(() => readHeader(source));
      expect(fault.code).toBe('header/too-large');
      expect(String(fault.args.headerBytes)).toBe(String(claimed));
      expect(source.bytesRead).toBeLessThanOrEqual(8 + 512);
    }
  });

  it('takes the largest header to be one only if the file holds it', async () => {
    expect((await faultIn(buildFile('x', 16, MAX_HEADER_BYTES))).code).toBe('header/beyond-file');
  });

  it('stops when asked to', async () => {
    const stop = AbortSignal.abort();
    await expect(readHeader(new MemorySource(buildFile(W, 16)), stop)).rejects.toThrow(stop.reason);
  });
});

describe('readHeader on what is no safetensors file', () => {
  const lfsPointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 4976698672\n`;

  it.each<readonly [string, string, Uint8Array]>([
    ['an empty file', 'file/empty', new Uint8Array(0)],
    ['seven bytes', 'file/too-short', new Uint8Array(7)],
    ['a file of zeros', 'header/empty', new Uint8Array(64)],
    ['a Git LFS pointer', 'file/git-lfs-pointer', textBytes(lfsPointer)],
    ['an HTML page', 'file/html', textBytes('\n<!DOCTYPE html>\n<html><body>Sign in</body></html>')],
    ['an HTML page with a byte order mark', 'file/html', textBytes('\uFEFF<html lang="en"><head></head></html>')],
    ['a line of text', 'file/text', textBytes('Entry not found')],
    ['three letters of text', 'file/text', textBytes('404')],
    ['text that is cut inside a character', 'file/text', textBytes(`${'a'.repeat(511)}é and more text`)],
    ['a JSON text', 'file/json', textBytes('{"weight_map": {"w": "model.safetensors"}}')],
    ['a zip archive', 'file/zip', new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0, 0, 0])],
    ['a pickle', 'file/pickle', new Uint8Array([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20])],
    ['a GGUF', 'file/gguf', new Uint8Array([0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0, 0x23, 1, 0, 0, 0, 0, 0, 0])],
    ['an HDF5', 'file/hdf5', new Uint8Array([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0])],
    ['a gzip archive', 'file/gzip', new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])],
    ['random bytes', 'header/too-large', new Uint8Array(64).fill(0xc3)],
    ['a length beyond the file', 'header/beyond-file', buildFile('zzz', 0, 4000)],
  ])('names %s', async (_change, code, bytes) => {
    expect((await faultIn(bytes)).code).toBe(code);
  });

  it('says how large the weights behind a Git LFS pointer are, and what to do', async () => {
    const { message } = await faultIn(textBytes(lfsPointer));
    expect(message).toContain('4976698672');
    expect(message).toContain('git lfs pull');
  });

  it('says at least how many bytes are missing when the download ended inside the header', async () => {
    const whole = buildFile(W, 16);
    for (const length of [8, 9, whole.length - 17]) {
      const fault = await faultIn(whole.subarray(0, length));
      expect(fault.code).toBe('header/cut-off');
      expect(fault.args.missingBytes).toBe(whole.length - 16 - length);
    }
  });

  it('says exactly how many bytes are missing when the download ended inside the data', async () => {
    const whole = buildFile(W, 16);
    for (const missing of [1, 16]) {
      const fault = await faultIn(whole.subarray(0, whole.length - missing));
      expect([fault.code, fault.args.missingBytes]).toEqual(['data/missing-bytes', missing]);
    }
  });
});

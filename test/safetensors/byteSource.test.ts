import { BlobSource, type ByteSource, MemorySink, MemorySource } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { faultOf } from './support/buildFile.ts';

const bytes = Uint8Array.from({ length: 10 }, (_, i) => i);
const sources: readonly (readonly [string, () => ByteSource])[] = [
  ['MemorySource', () => new MemorySource(bytes)],
  ['MemorySource of a part of a buffer', () => new MemorySource(new Uint8Array([9, ...bytes, 9]).subarray(1, 11))],
  ['BlobSource', () => new BlobSource(new Blob([bytes]))],
];

describe.each(sources)('%s', (_name, open) => {
  it('reads ranges, the whole and nothing', async () => {
    const source = open();
    expect(source.size).toBe(10);
    expect([...(await source.read(2, 5))]).toEqual([2, 3, 4]);
    expect([...(await source.read(0, 10))]).toEqual([...bytes]);
    expect((await source.read(10, 10)).length).toBe(0);
    await source.close();
  });

  it.each([
    [-1, 2],
    [9, 11],
    [5, 4],
    [0.5, 2],
    [Number.NaN, 2],
    [0, Number.POSITIVE_INFINITY],
  ])('refuses the range %d to %d', async (start, end) => {
    expect((await faultOf(() => open().read(start, end))).code).toBe('range/outside');
  });

  it('stops when asked to', async () => {
    await expect(open().read(0, 1, AbortSignal.abort())).rejects.toThrow('aborted');
  });
});

describe('BlobSource', () => {
  const failing = (error: Error) =>
    new BlobSource({ size: 4, name: 'w.safetensors', slice: () => ({ arrayBuffer: () => Promise.reject(error) }) });

  it('says that a picked file changed when the browser cannot read it any more', async () => {
    const fault = await faultOf(() => failing(new DOMException('gone', 'NotReadableError')).read(0, 1));
    expect(fault).toMatchObject({ code: 'file/changed', args: { path: 'w.safetensors' } });
  });

  it('keeps any other failure as the cause', async () => {
    const cause = new Error('broken');
    const fault = await faultOf(() => failing(cause).read(0, 1));
    expect([fault.code, fault.cause]).toEqual(['file/io-failed', cause]);
  });
});

describe('MemorySink', () => {
  it('takes bytes by position and refuses those outside', async () => {
    const sink = new MemorySink(4);
    await sink.write(2, new Uint8Array([7, 8]));
    await sink.sync();
    await sink.close();
    expect([...sink.bytes]).toEqual([0, 0, 7, 8]);
    expect((await faultOf(() => sink.write(3, new Uint8Array(2)))).code).toBe('range/outside');
  });
});

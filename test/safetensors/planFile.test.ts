import { DTYPES, MemorySource, planFile, readHeader, type TensorSpec } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { faultOf } from './support/buildFile.ts';

const headerText = (specs: readonly TensorSpec[], metadata?: ReadonlyMap<string, string>): string =>
  new TextDecoder().decode(planFile(specs, metadata).headerBytes.subarray(8));
const faultOfPlan = (specs: readonly TensorSpec[]) => faultOf(() => planFile(specs));

describe('planFile', () => {
  // Bytes that the reference writer (Python package safetensors) produced for these tensors.
  it('lays out the bytes that the reference writer lays out', () => {
    const specs: TensorSpec[] = [
      { name: 'c', dtype: 'I64', shape: [] },
      { name: 'a.w', dtype: 'F32', shape: [2, 1] },
      { name: 'a.b', dtype: 'F32', shape: [0] },
      { name: 'b.q', dtype: 'U8', shape: [3] },
    ];
    const plan = planFile(specs, new Map([['format', 'pt']]));
    const text =
      '{"__metadata__":{"format":"pt"},"c":{"dtype":"I64","shape":[],"data_offsets":[0,8]},' +
      '"a.b":{"dtype":"F32","shape":[0],"data_offsets":[8,8]},"a.w":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},' +
      '"b.q":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}   ';
    expect([...plan.headerBytes.subarray(0, 8)]).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
    expect(new TextDecoder().decode(plan.headerBytes.subarray(8))).toBe(text);
    expect(plan.fileBytes).toBe(283);
    expect(plan.tensors.map(({ name, start, end }) => [name, start, end])).toEqual([
      ['c', 264, 272],
      ['a.b', 272, 272],
      ['a.w', 272, 280],
      ['b.q', 280, 283],
    ]);
  });

  it('writes an empty file as the reference writer does', () => {
    const plan = planFile([]);
    expect([...plan.headerBytes]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20]);
    expect(plan.fileBytes).toBe(16);
  });

  it('puts dtypes in the alignment order of the reference, the last one first', () => {
    const specs = DTYPES.map((dtype): TensorSpec => ({ name: dtype, dtype, shape: [8] }));
    expect(planFile(specs).tensors.map((tensor) => tensor.name)).toEqual([...DTYPES].reverse());
  });

  it('orders names by their UTF-8 bytes, not by UTF-16 units', () => {
    const specs = ['\u{10000}', '\uFFFD', 'z', 'a.10', 'a.1', ''].map((name): TensorSpec => {
      return { name, dtype: 'U8', shape: [1] };
    });
    expect(planFile(specs).tensors.map((tensor) => tensor.name)).toEqual([
      '',
      'a.1',
      'a.10',
      'z',
      '\uFFFD',
      '\u{10000}',
    ]);
  });

  it('writes non-ASCII raw and escapes as the reference does', () => {
    const specs: TensorSpec[] = [{ name: 'é\u2028"\\\n\u0001\u007f', dtype: 'U8', shape: [] }];
    expect(headerText(specs)).toContain('{"é\u2028\\"\\\\\\n\\u0001\u007f":{');
  });

  it('pads the header to a multiple of 8, from every length', () => {
    for (let length = 0; length < 9; length++) {
      const { headerBytes } = planFile([{ name: 'x'.repeat(length), dtype: 'U8', shape: [1] }]);
      expect(headerBytes.length % 8).toBe(0);
      expect(headerBytes.at(-9)).not.toBe(0x20);
    }
  });

  it('keeps offsets beyond 2^32 exact and readable', async () => {
    const half = 2 ** 40 + 1;
    const plan = planFile([
      { name: 'a', dtype: 'U8', shape: [half] },
      { name: 'b', dtype: 'U8', shape: [half] },
    ]);
    const source = new MemorySource(plan.headerBytes);
    const header = await readHeader({
      ...source,
      size: plan.fileBytes,
      read: (s, e) => source.read(s, e),
      close: async () => {},
    });
    expect(header.tensors).toEqual(plan.tensors);
    expect(plan.tensors[1]?.end).toBe(plan.headerBytes.length + 2 * half);
  });

  it.each<readonly [string, string, readonly TensorSpec[]]>([
    ['the name "__metadata__"', 'plan/bad-name', [{ name: '__metadata__', dtype: 'U8', shape: [] }]],
    ['half a surrogate pair in a name', 'plan/bad-name', [{ name: 'a\ud800', dtype: 'U8', shape: [] }]],
    [
      'one name twice',
      'plan/duplicate-tensor',
      [
        { name: 'w', dtype: 'U8', shape: [] },
        { name: 'w', dtype: 'F32', shape: [] },
      ],
    ],
    ['a negative dim', 'plan/bad-shape', [{ name: 'w', dtype: 'U8', shape: [-1] }]],
    ['a dim that is no whole number', 'plan/bad-shape', [{ name: 'w', dtype: 'U8', shape: [1.5] }]],
    ['a dim of NaN', 'plan/bad-shape', [{ name: 'w', dtype: 'U8', shape: [Number.NaN] }]],
    ['a dim beyond 2^53 - 1', 'plan/bad-shape', [{ name: 'w', dtype: 'U8', shape: [2 ** 53] }]],
    ['three F4 elements', 'tensor/not-whole-bytes', [{ name: 'w', dtype: 'F4', shape: [3] }]],
    ['more bytes than 2^53', 'plan/too-large', [{ name: 'w', dtype: 'F64', shape: [2 ** 30, 2 ** 21] }]],
    [
      'a product that overflows before its 0',
      'plan/too-large',
      [{ name: 'w', dtype: 'U8', shape: [2 ** 32, 2 ** 32, 0] }],
    ],
  ])('refuses %s', async (_change, code, specs) => {
    expect((await faultOfPlan(specs)).code).toBe(code);
  });

  it('refuses metadata that UTF-8 cannot hold', async () => {
    const fault = await faultOf(() => planFile([], new Map([['key', '\udc00']])));
    expect([fault.code, fault.args.key]).toEqual(['plan/bad-metadata', 'key']);
  });

  it('refuses a header beyond 100,000,000 bytes', async () => {
    const fault = await faultOf(() => planFile([], new Map([['key', 'x'.repeat(100_000_000)]])));
    expect(fault.code).toBe('header/too-large');
  });
});

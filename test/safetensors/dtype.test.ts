import { DTYPES, dtypeBits, isDtype, MemorySource, planFile, readHeader } from 'safetensors-js';
import { describe, expect, it } from 'vitest';

describe('dtypes', () => {
  it('are the 22 of the format', () => {
    expect(DTYPES).toHaveLength(22);
    expect(DTYPES.map(dtypeBits)).toEqual([
      8, 4, 6, 6, 8, 8, 8, 8, 8, 8, 8, 16, 16, 16, 16, 32, 32, 32, 64, 64, 64, 64,
    ]);
  });

  it('are told from other words, also from those that every object has', () => {
    expect(['F32', 'f32', 'F16 ', '', 'constructor', '__proto__', 'toString'].map(isDtype)).toEqual([
      true,
      ...Array(6).fill(false),
    ]);
  });

  it.each(DTYPES)('%s is written and read', async (dtype) => {
    const plan = planFile([{ name: 'w', dtype, shape: [2, 8] }]);
    const file = new Uint8Array(plan.fileBytes);
    file.set(plan.headerBytes);
    const header = await readHeader(new MemorySource(file));
    expect(header.tensors).toEqual(plan.tensors);
    expect(header.fileBytes - header.dataStart).toBe(2 * dtypeBits(dtype));
  });
});

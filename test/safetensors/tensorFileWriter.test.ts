import { type ByteSink, MemorySink, planFile, SafetensorsError, TensorFileWriter } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { faultOf } from './support/buildFile.ts';

const plan = planFile([
  { name: 'a', dtype: 'U8', shape: [4] },
  { name: 'none', dtype: 'F32', shape: [0] },
]);

describe('TensorFileWriter', () => {
  it('takes the parts of a file in any order', async () => {
    const sink = new MemorySink(plan.fileBytes);
    const writer = new TensorFileWriter(plan, sink);
    await writer.writeAt('a', 2, new Uint8Array([3, 4]));
    await writer.writeAt('none', 0, new Uint8Array(0));
    await writer.writeHeader();
    await writer.writeAt('a', 0, new Uint8Array([1, 2]));
    await writer.finish();
    expect([...sink.bytes]).toEqual([...plan.headerBytes, 1, 2, 3, 4]);
  });

  it('does not finish before every byte is written', async () => {
    const writer = new TensorFileWriter(plan, new MemorySink(plan.fileBytes));
    await writer.writeHeader();
    await writer.writeAt('a', 0, new Uint8Array(3));
    const fault = await faultOf(() => writer.finish());
    expect(fault).toMatchObject({ code: 'write/incomplete', args: { missingBytes: 1, firstByte: plan.fileBytes - 1 } });
  });

  it('refuses bytes outside the tensor, of an unknown one, and twice', async () => {
    const writer = new TensorFileWriter(plan, new MemorySink(plan.fileBytes));
    await writer.writeAt('a', 0, new Uint8Array(2));
    expect((await faultOf(() => writer.writeAt('a', 3, new Uint8Array(2)))).code).toBe('write/outside-tensor');
    expect((await faultOf(() => writer.writeAt('a', -1, new Uint8Array(1)))).code).toBe('write/outside-tensor');
    expect((await faultOf(() => writer.writeAt('b', 0, new Uint8Array(1)))).code).toBe('write/unknown-tensor');
    expect((await faultOf(() => writer.writeAt('a', 1, new Uint8Array(1)))).code).toBe('write/overlap');
  });

  it('counts a failed write as not written, at whichever write it fails', async () => {
    const noSpace = SafetensorsError.of('file/no-space', { path: 'x' });
    for (let failing = 0; failing < 2; failing++) {
      let writes = 0;
      const memory = new MemorySink(plan.fileBytes);
      const sink: ByteSink = {
        write: async (position, bytes) => {
          if (writes++ === failing) throw noSpace;
          await memory.write(position, bytes);
        },
        sync: async () => {},
        close: async () => {},
      };
      const writer = new TensorFileWriter(plan, sink);
      const steps = [() => writer.writeHeader(), () => writer.writeAt('a', 0, new Uint8Array(4))];
      const faults = [];
      for (const step of steps) faults.push(await step().catch((error: unknown) => error));
      expect(faults[failing]).toBe(noSpace);
      expect((await faultOf(() => writer.finish())).code).toBe('write/incomplete');
      await steps[failing]?.();
      await writer.finish();
    }
  });
});

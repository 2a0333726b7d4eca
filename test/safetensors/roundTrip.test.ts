import { MemorySink, MemorySource, planFile, readHeader, TensorFileWriter } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { Random } from './support/random.ts';
import { randomSpecs } from './support/randomSpecs.ts';

describe('what the writer writes', () => {
  it.each([1, 2, 3])('the reader reads back, byte for byte (seed %i)', async (seed) => {
    const random = new Random(seed);
    for (let round = 0; round < 100; round++) {
      const metadata = new Map(
        random.below(2) === 0
          ? []
          : [
              ['format', 'pt'],
              ['é\n', '"\\\u0000😀'],
            ],
      );
      const plan = planFile(random.shuffle(randomSpecs(random)), metadata);
      const sink = new MemorySink(plan.fileBytes);
      const writer = new TensorFileWriter(plan, sink);
      const data = new Map(plan.tensors.map(({ name, start, end }) => [name, randomBytes(random, end - start)]));
      for (const [name, bytes] of random.shuffle([...data])) await writeInParts(writer, name, bytes, random);
      await writer.writeHeader();
      await writer.finish();

      const source = new MemorySource(sink.bytes);
      const header = await readHeader(source);
      expect(header.tensors).toEqual(plan.tensors);
      expect(header.metadata).toEqual(metadata);
      for (const { name, start, end } of header.tensors) expect(await source.read(start, end)).toEqual(data.get(name));
    }
  });
});

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

async function writeInParts(writer: TensorFileWriter, name: string, bytes: Uint8Array, random: Random): Promise<void> {
  const middle = random.below(bytes.length + 1);
  await writer.writeAt(name, middle, bytes.subarray(middle));
  await writer.writeAt(name, 0, bytes.subarray(0, middle));
}

import { isSafetensorsError, MemorySource, parseIndex, planFile, readHeader } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { Random } from './support/random.ts';
import { randomSpecs } from './support/randomSpecs.ts';

/** What a damaged header may hold in the place of something else. */
const PIECES = [
  ...['{', '}', '[', ']', ',', ':', '"', '\\', '-', '.', 'e', '0', '1', ' ', '\t', '\n', '\u000b', '\0', '\u007f'],
  ...['null', 'true', '-0', '1.0', '1e0', '1e999', '9007199254740993', '18446744073709551615', '18446744073709551616'],
  ...['"dtype"', '"shape"', '"data_offsets"', '"__metadata__"', '"F4"', '\\ud800', '\\u0000', '\\x', 'é', '\uFEFF'],
  ...['[[[[[[[[', '{"a":', '"x":1,', '[0,4]', '/**/', "'", 'NaN'],
];

function damage(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + random.below(8));
  switch (random.below(4)) {
    case 0:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(end);
    default:
      return text.slice(0, at) + text.slice(at, end) + text.slice(at);
  }
}

function damageBytes(file: Uint8Array, random: Random): Uint8Array {
  const damaged = file.slice(0, random.below(4) === 0 ? random.below(file.length + 1) : file.length);
  for (let flips = random.below(3); flips > 0 && damaged.length > 0; flips--) {
    const at = random.below(damaged.length);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
  }
  return damaged;
}

async function isOursOrAccepted(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isSafetensorsError(error)) return false;
    throw error;
  }
}

describe('damaged files', () => {
  it.each([11, 12, 13, 14])('are accepted whole or refused by name, never crash (seed %i)', async (seed) => {
    const random = new Random(seed);
    let refused = 0;
    for (let round = 0; round < 1500; round++) {
      const { headerBytes, fileBytes } = planFile(randomSpecs(random), new Map([['format', 'pt']]));
      let text = new TextDecoder().decode(headerBytes.subarray(8));
      for (let changes = random.below(3); changes > 0; changes--) text = damage(text, random);
      const encoded = new TextEncoder().encode(text);
      const file = new Uint8Array(8 + encoded.length + fileBytes - headerBytes.length);
      new DataView(file.buffer).setBigUint64(0, BigInt(encoded.length), true);
      file.set(encoded, 8);
      const source = new MemorySource(damageBytes(file, random));
      if (!(await isOursOrAccepted(() => readHeader(source)))) refused++;
    }
    // Most damage shows; were none refused, nothing was damaged.
    expect(refused).toBeGreaterThan(500);
  });

  it.each([21, 22])('and damaged indexes as well (seed %i)', async (seed) => {
    const random = new Random(seed);
    let refused = 0;
    for (let round = 0; round < 1500; round++) {
      let text = '{"metadata": {"total_size": 24}, "weight_map": {"a": "x.safetensors", "b.c": "d/y.safetensors"}}';
      for (let changes = 1 + random.below(2); changes > 0; changes--) text = damage(text, random);
      if (!(await isOursOrAccepted(() => parseIndex(text)))) refused++;
    }
    expect(refused).toBeGreaterThan(500);
  });
});

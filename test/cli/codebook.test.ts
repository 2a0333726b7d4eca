import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonOf } from '../../src/core/text/documentJson.ts';
import type {
  InspectDocument,
  MeasureDocument,
  QuantizeDocument,
  VerifyDocument,
} from '../../src/protocol/documents.ts';
import { GPT2, installLoupe, LLAMA } from './support/loupe.ts';

type Quantized = JsonOf<QuantizeDocument>;
type Measured = JsonOf<MeasureDocument>;

const loupe = installLoupe();

describe('codebooks with stored levels', () => {
  // The second is stored transposed.
  it.each([
    ['llama', 'channel', LLAMA],
    ['gpt2', 'channel', GPT2],
    ['gpt2', 'tensor', GPT2],
  ])(
    '%s: Lloyd-Max by %s is saved, verified, and opened again with the figures of the measurement',
    async (name, unit, source) => {
      const flags = ['--quantizer', 'lloyd-max', '--unit', unit, '--bits', '3', '--format', 'loupe'];
      const out = join(loupe.folder, `${name}-${unit}`);
      const measured = await loupe.json<Measured>(['measure', source, ...flags]);
      const saved = await loupe.json<Quantized>(['quantize', source, ...flags, '--out', out]);
      expect(saved.verified).toBe(true);
      const sqnrOf = ({ tensors }: Quantized | Measured) =>
        tensors.map((tensor) => [tensor.name, tensor.figures.sqnr_db]);
      expect(sqnrOf(saved)).toEqual(sqnrOf(measured));
      const opened = await loupe.json<JsonOf<InspectDocument>>(['inspect', out]);
      const packed = opened.tensors.filter(({ packing }) => packing !== null);
      expect(packed.length).toBe(saved.tensors.filter(({ quantizer }) => quantizer !== null).length);
      for (const { packing } of packed) expect(packing).toBe(`3-bit codebook ${unit}`);
      const verified = await loupe.json<JsonOf<VerifyDocument>>(['verify', out, '--against', source]);
      expect(verified.passed).toBe(true);
    },
  );

  it('levels of a file are padded to all codes, and give the same figures packed and as plain values', async () => {
    const file = join(loupe.folder, 'levels.txt');
    await writeFile(file, '0.05 -0.05\n0.1 -0.1 0');
    const save = (format: string): Promise<Quantized> => {
      const flags = [
        '--quantizer',
        'levels',
        '--levels',
        file,
        '--format',
        format,
        '--out',
        join(loupe.folder, format),
      ];
      return loupe.json<Quantized>(['quantize', GPT2, ...flags]);
    };
    const [packed, plain] = [await save('loupe'), await save('dequantized')];
    expect([packed.verified, plain.verified]).toEqual([true, true]);
    expect(packed.totals?.quantized).toEqual(plain.totals?.quantized);
    const opened = await loupe.json<JsonOf<InspectDocument>>(['inspect', join(loupe.folder, 'loupe')]);
    const { packing, stored_bytes, shape } = opened.tensors.find(({ name }) =>
      name.endsWith('h.0.attn.c_attn.weight'),
    )!;
    expect(packing).toBe('3-bit codebook tensor');
    expect(stored_bytes).toBe((shape[0]! * shape[1]! * 3) / 8 + 4 * 8);
  });
});

import { expect, it } from 'vitest';
import { COMPARISON_SET } from '../../src/core/quantizers/comparisonSet.ts';
import type { JsonOf } from '../../src/core/text/documentJson.ts';
import type { CompareDocument, MeasureDocument } from '../../src/protocol/documents.ts';
import { GPT2, installLoupe, LLAMA } from './support/loupe.ts';

type Compared = JsonOf<CompareDocument>;

const loupe = installLoupe();

it('every published method is measured over the same weights, with those that no other dominates marked', async () => {
  const { quantizers } = await loupe.json<Compared>(['compare', GPT2, '--include', 'h.1.attn.c_attn.weight']);
  expect(quantizers).toHaveLength(COMPARISON_SET.length);
  expect(quantizers.filter(({ why }) => why !== null)).toEqual([]);
  expect(new Set(quantizers.map(({ figures }) => figures?.count)).size).toBe(1);
  for (const row of quantizers) {
    const better = quantizers.filter(
      (other) =>
        (other.figures?.sqnr_db ?? Infinity) > (row.figures?.sqnr_db ?? Infinity) &&
        other.bits_per_weight! <= row.bits_per_weight! + 0.05,
    );
    expect([row.quantizer, row.on_front]).toEqual([row.quantizer, better.length === 0]);
  }
});

it('a row is what measure gives', async () => {
  const { quantizers } = await loupe.json<Compared>(['compare', LLAMA, '--quantizers', 'nf4,hqq']);
  expect(quantizers.map(({ quantizer }) => quantizer)).toEqual([
    'nf4 block 64',
    'nf4 block 64 double',
    'hqq 8 group 64',
    'hqq 4 group 64',
    'hqq 3 group 64',
    'hqq 2 group 64',
  ]);
  const { totals } = await loupe.json<JsonOf<MeasureDocument>>(['measure', LLAMA, '--quantizer', 'nf4']);
  expect(quantizers[0]).toMatchObject({
    figures: totals.quantized,
    bits_per_weight: totals.quantized_bits_per_weight,
  });
});

it('prints a table, and CSV for other tools', async () => {
  const args = ['compare', LLAMA, '--quantizers', 'absmax,xnor', '--include', 'layers.0.self_attn.q_proj.weight'];
  const { stdout } = await loupe.run(args);
  expect(stdout).toMatch(/Quantizer +Bits\/w +SQNR dB/);
  expect(stdout).toMatch(/absmax 8 channel +8\.\d\d +\d\d\.\d\d/);
  const csv = await loupe.run([...args, '--csv']);
  const [head, first] = csv.stdout.split('\n');
  expect(head).toBe('quantizer,on_front,bits_per_weight,sqnr_db,mean_squared_error,max_error,cosine,stored_bytes');
  expect(first).toMatch(/^absmax 8 tensor,[01],8\.\d+,\d+\.\d+,/);
});

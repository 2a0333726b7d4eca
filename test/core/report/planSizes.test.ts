import { expect, it } from 'vitest';
import { bitsandbytes } from '../../../src/core/formats/bitsandbytes/bitsandbytes.ts';
import { compressedTensors } from '../../../src/core/formats/compressedTensors/compressedTensors.ts';
import { loupe } from '../../../src/core/formats/loupe/loupe.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import { describePlan } from '../../../src/core/report/describePlan.ts';
import { planSizes } from '../../../src/core/report/planSizes.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';

const ROWS: readonly Row[] = [
  ['model.layers.0.self_attn.q_proj.weight', 'BF16', [256, 256]],
  ['model.layers.0.mlp.down_proj.weight', 'BF16', [256, 512]],
  ['model.norm.weight', 'BF16', [256]],
  ['ids', 'I64', [4]],
];
const model = buildModel(checkpointOf(ROWS), '{"model_type":"llama","dtype":"bfloat16"}');

it('counts the bytes of every part, and bits over quantized and over all parameters', () => {
  const plan = resolvePlan(model, { rules: [{ kind: 'linear', quantizer: { id: 'rtn' } }] }, compressedTensors);
  const sizes = planSizes(model, plan, compressedTensors);
  const packed = (weights: number): number => weights / 2 + (weights / 128) * 2 + 16;
  expect(sizes.storedBytes).toBe(packed(65_536) + packed(131_072) + 512 + 32);
  expect(sizes.quantizedBitsPerWeight).toBeCloseTo((8 * (packed(65_536) + packed(131_072))) / 196_608, 12);
  expect(sizes.allBitsPerWeight).toBeCloseTo((8 * (packed(65_536) + packed(131_072) + 512)) / 196_864, 12);
  expect(sizes.rows.map(({ quantizer, kept }) => quantizer ?? kept).sort()).toEqual([
    'built-in',
    'not-floating',
    'rtn 4 group 128',
    'rtn 4 group 128',
  ]);
});

it('of a plan that quantizes nothing has no bits of quantized weights', () => {
  const plan = resolvePlan(model, { rules: [] }, null);
  expect(planSizes(model, plan, loupe)).toMatchObject({ quantizedBitsPerWeight: null, storedBytes: model.storedBytes });
  expect(describePlan(plan)).toBe('nothing is quantized');
});

it('describes plans by their quantizers, the most frequent first', () => {
  const rules = [
    { match: 'q_proj.weight', quantizer: { id: 'absmax' } },
    { kind: 'all', quantizer: { id: 'f16' } },
  ] as const;
  expect(describePlan(resolvePlan(model, { rules }, null))).toBe('f16 (2), absmax 8 channel (1)');
  expect(describePlan(resolvePlan(model, { rules: [rules[1]] }, null))).toBe('f16');
});

it('counts what a format has no codes for as the Loupe format stores it', () => {
  const rules = [{ kind: 'linear', quantizer: { id: 'nf4', groupSize: 64 } } as const];
  const plan = resolvePlan(model, { rules }, compressedTensors);
  const { rows, quantizedBitsPerWeight } = planSizes(model, plan, compressedTensors);
  expect(rows.filter(({ quantizer }) => quantizer !== null)).toHaveLength(2);
  expect(quantizedBitsPerWeight).toBe(planSizes(model, plan, loupe).quantizedBitsPerWeight);
  expect(quantizedBitsPerWeight).toBeLessThan(4.6);
  const cast = resolvePlan(model, { rules: [{ kind: 'linear', quantizer: { id: 'f16' } }] }, bitsandbytes);
  expect(planSizes(model, cast, bitsandbytes).quantizedBitsPerWeight).toBe(16);
});

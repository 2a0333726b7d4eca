import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonOf } from '../../src/core/text/documentJson.ts';
import type { ScanDocument } from '../../src/protocol/documents.ts';
import { GPT2, installLoupe, LLAMA } from './support/loupe.ts';
import { readRawTensor, writeRawF32 } from './support/rawSafetensors.ts';

type Scanned = JsonOf<ScanDocument>;

const loupe = installLoupe();
const C_FC = 'transformer.h.3.mlp.c_fc.weight';
const DOWN_PROJ = 'model.layers.0.mlp.down_proj.weight';

function mean(values: ArrayLike<number>, of: (x: number) => number): number {
  return Array.from(values, of).reduce((sum, x) => sum + x, 0) / values.length;
}

describe('scan', () => {
  it.each([
    ['an F32', GPT2, ['model.safetensors'], C_FC],
    ['a BF16', LLAMA, [1, 2, 3].map((shard) => `model-0000${shard}-of-00003.safetensors`), DOWN_PROJ],
  ])('gives the statistics of a plain loop over %s tensor', async (_dtype, folder, files, name) => {
    const values = await readRawTensor(folder, files, name);
    const { tensors } = await loupe.json<Scanned>(['scan', folder, '--tensor', name]);
    const [summary] = tensors;
    const center = mean(values, (x) => x);
    const deviation = Math.sqrt(mean(values, (x) => (x - center) ** 2));
    expect(tensors).toHaveLength(1);
    expect(summary).toMatchObject({ name, count: values.length, nans: 0, infinities: 0, sampled: false });
    expect(summary!.min).toBe(values.reduce((a, b) => Math.min(a, b)));
    expect(summary!.max).toBe(values.reduce((a, b) => Math.max(a, b)));
    expect(summary!.mean).toBeCloseTo(center, 12);
    expect(summary!.standard_deviation! / deviation).toBeCloseTo(1, 9);
    expect(summary!.kurtosis).toBeCloseTo(mean(values, (x) => ((x - center) / deviation) ** 4) - 3, 6);
    const sorted = Array.from(values).sort((a, b) => a - b);
    expect(summary!.quantiles[3]).toBeCloseTo((sorted[sorted.length / 2 - 1]! + sorted[sorted.length / 2]!) / 2, 4);
    expect(summary!.estimated).toBe(folder === GPT2);
  });
  it('counts every weight of an exact table in the bins that a plain loop puts it in', async () => {
    const files = [1, 2, 3].map((shard) => `model-0000${shard}-of-00003.safetensors`);
    const values = await readRawTensor(LLAMA, files, DOWN_PROJ);
    const flags = ['--tensor', DOWN_PROJ, '--bins', '8', '--range', '-0.0625,0.0625'];
    const { histogram } = await loupe.json<Scanned>(['scan', LLAMA, ...flags]);
    const expected = new Array(8).fill(0);
    for (const x of values) {
      if (x >= -0.0625 && x <= 0.0625) expected[Math.min(7, Math.floor((x + 0.0625) * 64))]++;
    }
    expect(histogram).toEqual({
      low: -0.0625,
      high: 0.0625,
      counts: expected,
      below: values.filter((x) => x < -0.0625).length,
      above: values.filter((x) => x > 0.0625).length,
    });
  });
  it('draws the histogram of all chosen weights with its axis and counts', async () => {
    const { code, stdout, stderr } = await loupe.run(['scan', LLAMA, '--bins', '12']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const bars = stdout.split('\n').filter((line) => line.includes('\u2502'));
    expect(bars).toHaveLength(12);
    for (const bar of bars) expect(bar).toMatch(/^ *-?\d\S* \u2502[\u2588-\u258f]* +[\d,]+$/);
    const counts = bars.map((bar) => Number(bar.split(' ').pop()!.replaceAll(',', '')));
    const outside = /below ([\d,]+), above ([\d,]+)/
      .exec(stdout)!
      .slice(1)
      .map((part) => Number(part.replaceAll(',', '')));
    expect([...counts, ...outside].reduce((sum, count) => sum + count, 0)).toBe(3_672_320);
  });
  it('shows every statistic of a single tensor, and marks estimates', async () => {
    const { stdout } = await loupe.run(['scan', GPT2, '--tensor', C_FC]);
    expect(stdout).toMatch(/^std +0\.\d+$/m);
    expect(stdout).toMatch(/^99\.9 % +~0\.\d+$/m);
    expect(stdout).toMatch(/^dtype +F32 128 x 512$/m);
  });
  it('counts what is not finite and where the first is', async () => {
    const path = join(loupe.folder, 'odd.safetensors');
    const values = new Float32Array(100).fill(0.5);
    values[40] = Number.NEGATIVE_INFINITY;
    values[50] = Number.NaN;
    await writeRawF32(path, 'w', [10, 10], values);
    const { tensors } = await loupe.json<Scanned>(['scan', path]);
    expect(tensors[0]).toMatchObject({ count: 100, nans: 1, infinities: 1, first_non_finite: 40, min: 0.5, max: 0.5 });
    expect((await loupe.run(['scan', path])).stdout).toContain('the first at index 40');
  });
});

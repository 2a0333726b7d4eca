import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../../../src/core/failure.ts';
import { isFailure } from '../../../src/core/failure.ts';
import { describeQuantizer } from '../../../src/core/quantizers/describeQuantizer.ts';
import { PRESETS, QUANTIZER_IDS } from '../../../src/core/quantizers/presets.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { specOf, specToJson } from '../../../src/core/quantizers/quantizerJson.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';

/** The failure's code and text, so that a test can hold both. */
function failureOf(run: () => unknown): { code: FailureCode; text: string } {
  try {
    run();
  } catch (error) {
    if (isFailure(error)) return { code: error.code, text: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('grids', () => {
  const grids: readonly (readonly [QuantizerSpec, object])[] = [
    [
      { id: 'absmax', bits: 8 },
      { range: 'max-magnitude', rule: 'symmetric', divisor: 127, lo: -127, hi: 127 },
    ],
    [
      { id: 'absmax', bits: 4 },
      { divisor: 7, lo: -7, hi: 7 },
    ],
    [
      { id: 'absmax', bits: 2 },
      { divisor: 1, lo: -1, hi: 1 },
    ],
    [
      { id: 'absmax-full', bits: 4 },
      { range: 'signed-extreme', rule: 'symmetric', divisor: -8, lo: -8, hi: 7 },
    ],
    [
      { id: 'rtn', bits: 4 },
      { range: 'max-magnitude', rule: 'symmetric', divisor: 7.5, lo: -8, hi: 7 },
    ],
    [
      { id: 'rtn', bits: 8 },
      { divisor: 127.5, lo: -128, hi: 127 },
    ],
    [
      { id: 'rtn', bits: 4, asymmetric: true },
      { range: 'min-max-zero', rule: 'integer-zero', divisor: 15, lo: -8, hi: 7 },
    ],
    [
      { id: 'zero-point', bits: 8 },
      { range: 'min-max', rule: 'multiplied', divisor: 255, lo: -128, hi: 127 },
    ],
  ];
  it.each(grids)('of %j are those of the definitions', (spec, grid) => {
    expect(resolveQuantizer(spec)).toMatchObject(grid);
  });

  it('are casts for f16 and bf16', () => {
    expect(resolveQuantizer({ id: 'f16' })).toMatchObject({ family: 'cast', id: 'f16', dtype: 'F16' });
    expect(resolveQuantizer({ id: 'bf16' })).toMatchObject({ family: 'cast', id: 'bf16', dtype: 'BF16' });
  });
});

describe('defaults', () => {
  it('stand in one table per id', () => {
    expect(resolveQuantizer({ id: 'absmax' })).toMatchObject({
      bits: 8,
      unit: 'channel',
      groupSize: null,
      scaleDtype: 'F16',
    });
    expect(resolveQuantizer({ id: 'rtn' })).toMatchObject({
      bits: 4,
      unit: 'group',
      groupSize: 128,
      scaleDtype: 'F16',
    });
    expect(resolveQuantizer({ id: 'zero-point' })).toMatchObject({ unit: 'tensor', scaleDtype: 'F32' });
    expect(resolveQuantizer({ id: 'absmax-full' })).toMatchObject({ unit: 'channel', scaleDtype: 'F16' });
  });

  it('of the format come before those of the id, and the spec before both', () => {
    const format: QuantizerSpec = { id: 'rtn', bits: 8, scaleDtype: 'BF16', groupSize: 32 };
    expect(resolveQuantizer({ id: 'rtn' }, format)).toMatchObject({ bits: 8, scaleDtype: 'BF16', groupSize: 32 });
    expect(resolveQuantizer({ id: 'rtn', bits: 4, groupSize: 64 }, format)).toMatchObject({
      bits: 4,
      groupSize: 64,
      scaleDtype: 'BF16',
    });
  });

  it('of another id are not taken', () => {
    expect(resolveQuantizer({ id: 'absmax' }, { id: 'rtn', bits: 3 })).toMatchObject({ bits: 8 });
  });

  it('a group size alone means groups', () => {
    expect(resolveQuantizer({ id: 'absmax', groupSize: 32 })).toMatchObject({ unit: 'group', groupSize: 32 });
  });
});

describe('a clash', () => {
  const clashes: readonly (readonly [QuantizerSpec, FailureCode, string])[] = [
    [{ id: 'f16', bits: 8 }, 'quantizer/unused-parameter', 'f16 has no use for bits. It takes: no parameters.'],
    [
      { id: 'absmax', asymmetric: true },
      'quantizer/unused-parameter',
      'absmax has no use for asymmetric. It takes: bits, unit, group_size, scale_dtype.',
    ],
    [{ id: 'absmax', bits: 9 }, 'quantizer/bad-parameter', 'absmax: bits cannot be 9. Allowed: whole numbers 2 to 8.'],
    [{ id: 'absmax', bits: 1 }, 'quantizer/bad-parameter', 'absmax: bits cannot be 1. Allowed: whole numbers 2 to 8.'],
    [{ id: 'rtn', bits: 4.5 }, 'quantizer/bad-parameter', 'rtn: bits cannot be 4.5. Allowed: whole numbers 2 to 8.'],
    [
      { id: 'rtn', unit: 'channel', groupSize: 64 },
      'quantizer/bad-parameter',
      'rtn: group_size cannot be 64 with unit channel. Allowed: only with unit group.',
    ],
    [
      { id: 'rtn', groupSize: 1 },
      'quantizer/bad-parameter',
      'rtn: group_size cannot be 1. Allowed: whole numbers 2 to 1048576.',
    ],
    [
      { id: 'rtn', groupSize: Number.NaN },
      'quantizer/bad-parameter',
      'rtn: group_size cannot be NaN. Allowed: whole numbers 2 to 1048576.',
    ],
  ];
  it.each(clashes)('in %j is refused by name', (spec, code, text) => {
    expect(failureOf(() => resolveQuantizer(spec))).toEqual({ code, text });
  });

  it('of an unknown id names those that there are', () => {
    const failure = failureOf(() => resolveQuantizer({ id: 'absmin' as 'absmax' }));
    expect(failure.code).toBe('quantizer/unknown');
    for (const id of QUANTIZER_IDS) expect(failure.text).toContain(id);
  });

  it('is not made by asymmetric: false', () => {
    expect(resolveQuantizer({ id: 'absmax', asymmetric: false })).toMatchObject({ rule: 'symmetric' });
  });
});

describe('words', () => {
  const words: readonly (readonly [QuantizerSpec, string])[] = [
    [{ id: 'absmax', bits: 4, groupSize: 128 }, 'absmax 4 group 128'],
    [{ id: 'absmax', bits: 8, unit: 'tensor' }, 'absmax 8 tensor'],
    [{ id: 'rtn', asymmetric: true }, 'rtn 4 group 128 asymmetric'],
    [{ id: 'zero-point' }, 'zero-point 8 tensor'],
    [{ id: 'bf16' }, 'bf16'],
  ];
  it.each(words)('of %j are %s', (spec, expected) => {
    expect(describeQuantizer(resolveQuantizer(spec))).toBe(expected);
  });
});

it.each(QUANTIZER_IDS)('the full spec of %s gives the same quantizer again', (id) => {
  const quantizer = resolveQuantizer({ id });
  expect(resolveQuantizer(specOf(quantizer))).toEqual(quantizer);
  expect(PRESETS.get(id)?.id).toBe(id);
});

it('writes specs in the spelling of recipes and leaves out what is not given', () => {
  expect(specToJson({ id: 'rtn', groupSize: 64, scaleDtype: 'BF16', asymmetric: true })).toEqual({
    id: 'rtn',
    group_size: 64,
    scale_dtype: 'BF16',
    asymmetric: true,
  });
  expect(specToJson({ id: 'f16' })).toEqual({ id: 'f16' });
});

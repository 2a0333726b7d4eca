import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../../../src/core/failure.ts';
import { isFailure } from '../../../src/core/failure.ts';
import { describeQuantizer } from '../../../src/core/quantizers/describeQuantizer.ts';
import { ID_FORMS, QUANTIZER_IDS } from '../../../src/core/quantizers/presets.ts';
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
    [{ id: 'bf16', bits: 8 }, 'quantizer/unused-parameter', 'bf16 has no use for bits. It takes: no parameters.'],
    [
      { id: 'absmax', asymmetric: true },
      'quantizer/unused-parameter',
      'absmax has no use for asymmetric. It takes: bits, unit, group_size, scale_dtype, clip.',
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
    for (const id of ID_FORMS) expect(failure.text).toContain(id);
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
    [{ id: 'absmax', unit: 'tensor', clip: 'percentile:99.9' }, 'absmax 8 tensor clip percentile:99.9'],
    [{ id: 'uniform', clip: 'absolute:-1,2' }, 'uniform 4 tensor clip absolute:-1,2'],
    [{ id: 'llm-int8' }, 'llm-int8'],
    [{ id: 'llm-int8', outliers: '6sigma' }, 'llm-int8 outliers 6sigma'],
    [{ id: 'hqq', bits: 2 }, 'hqq 2 group 64'],
    [{ id: 'nf4' }, 'nf4 block 64'],
    [{ id: 'fp4', groupSize: 128, doubleQuant: true }, 'fp4 block 128 double'],
    [{ id: 'lloyd-max', bits: 3, unit: 'channel' }, 'lloyd-max 3 channel'],
    [{ id: 'levels', levels: [1, -1, 0] }, 'levels 3'],
    [{ id: 'binary', sequence: 'sup×4, l2×2' }, 'binary supx4,l2x2 channel'],
    [{ id: 'xnor', groupSize: 64 }, 'xnor group 64'],
    [{ id: 'alternating', bits: 2 }, 'alternating 2 channel'],
    [{ id: 'f8-e4m3', unit: 'channel' }, 'f8-e4m3 channel'],
    [{ id: 'float:5,2' }, 'float:5,2'],
    [{ id: 'fixed-point', bits: 16, fraction: 'mse' }, 'fixed-point 16 mse'],
  ];
  it.each(words)('of %j are %s', (spec, expected) => {
    expect(describeQuantizer(resolveQuantizer(spec))).toBe(expected);
  });
});

/** One spec an id, and others with what their ids take. */
const FULL_SPECS: readonly QuantizerSpec[] = [
  ...QUANTIZER_IDS.filter((id) => id !== 'levels').map((id) => ({ id })),
  { id: 'absmax-full', bits: 4, unit: 'group', groupSize: 32, scaleDtype: 'BF16', clip: 'sigma:4' },
  { id: 'absmax-full', bits: 1 },
  { id: 'rtn', bits: 3, unit: 'channel', scaleDtype: 'F32', asymmetric: true, clip: 'mse' },
  { id: 'zero-point', bits: 1, unit: 'tensor', scaleDtype: 'F32', clip: 'kl' },
  { id: 'llm-int8', outliers: '0.5' },
  { id: 'nf4', groupSize: 4096, doubleQuant: true },
  { id: 'optimal', bits: 8, levelDtype: 'F32' },
  { id: 'levels', levels: [3, -1, -1, 0.1], levelDtype: 'F16' },
  { id: 'binary', sequence: 'supx1,l2x7', groupSize: 64 },
  { id: 'alternating', bits: 8, unit: 'group', groupSize: 128 },
  { id: 'f16', saturate: true },
  { id: 'float:8,23', saturate: true },
  { id: 'f8-e5m2', unit: 'tensor', scaleDtype: 'BF16' },
  { id: 'fixed-point', bits: 32, fraction: -40 },
];
it.each(FULL_SPECS)('the full spec of %j gives the same quantizer again', (spec) => {
  const quantizer = resolveQuantizer(spec);
  expect(resolveQuantizer(specOf(quantizer))).toEqual(quantizer);
});

it("a user's own levels are kept ascending, each once, as they are stored", () => {
  const quantizer = resolveQuantizer({ id: 'levels', levels: [3, -1, -1, 0.1], levelDtype: 'F16' });
  expect(quantizer).toMatchObject({ codebook: { kind: 'given', levels: [-1, 0.0999755859375, 3] }, bits: 2 });
});

describe('a value that a quantizer cannot take is refused with what it may be:', () => {
  const refused: readonly (readonly [QuantizerSpec, string])[] = [
    [{ id: 'hqq', bits: 5 }, 'hqq: bits cannot be 5. Allowed: 1, 2, 3, 4, 8.'],
    [{ id: 'absmax', bits: 1 }, 'absmax: bits cannot be 1. Allowed: whole numbers 2 to 8.'],
    [{ id: 'absmax', clip: 'kl' }, 'absmax: clip cannot be kl with unit channel. Allowed: kl only with unit tensor.'],
    [{ id: 'absmax', clip: 'percentile:101' }, 'absmax: clip cannot be percentile:101. Allowed: none, percentile:P'],
    [{ id: 'absmax', clip: 'absolute:2,1' }, 'absmax: clip cannot be absolute:2,1.'],
    [{ id: 'nf4', groupSize: 48 }, 'nf4: group_size cannot be 48. Allowed: 32, 64,'],
    [{ id: 'binary', sequence: 'supx4,l2x5' }, 'binary: sequence cannot be supx4,l2x5.'],
    [{ id: 'levels', levels: [1, 1] }, 'levels: levels cannot be 1 different values.'],
    [{ id: 'levels', levels: [0, 1e39] }, 'levels: levels cannot be 1e+39.'],
    [{ id: 'llm-int8', outliers: 'many' }, 'llm-int8: outliers cannot be many.'],
    [{ id: 'f8-e4m3', scaleDtype: 'F16' }, 'f8-e4m3: scale_dtype cannot be F16. Allowed: only with a unit'],
    [{ id: 'fixed-point', fraction: 41 }, 'fixed-point: fraction cannot be 41. Allowed: whole numbers -40 to 40.'],
    [{ id: 'lloyd-max', unit: 'group' }, 'lloyd-max: unit cannot be group. Allowed: tensor, channel.'],
  ];
  it.each(refused)('%j → %s', (spec, text) => {
    const failure = failureOf(() => resolveQuantizer(spec));
    expect(failure.code).toBe('quantizer/bad-parameter');
    expect(failure.text).toContain(text);
  });
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

import { type Checkpoint, planFile } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import type { TensorLayout } from '../../../src/core/formats/format.ts';
import { loupe } from '../../../src/core/formats/loupe/loupe.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { Model } from '../../../src/core/model/model.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { Recipe } from '../../../src/core/recipes/recipe.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';

const GPT2: readonly Row[] = [
  ['wte.weight', 'F32', [50, 10]],
  ['h.0.attn.c_attn.weight', 'F32', [10, 30]],
  ['h.0.attn.c_attn.bias', 'F32', [30]],
];
const CONFIG = '{"model_type":"gpt2"}';

/** The layouts of a recipe and what opening the saved file gives. */
function save(
  rows: readonly Row[],
  recipe: Recipe,
  config: string | null = CONFIG,
): { layouts: readonly TensorLayout[]; reopened: Model; saved: Checkpoint } {
  const model = buildModel(checkpointOf(rows), config);
  const { decisions } = resolvePlan(model, recipe, loupe);
  const layouts = model.tensors.map((tensor, i) =>
    loupe.layout(model, tensor, decisions[i]?.quantizer ?? null, { dtype: null }),
  );
  const metadata = loupe.metadata(layouts, recipe, model, '1.2.3');
  const parts = layouts.flatMap((layout) => layout.parts.map(({ name, dtype, shape }): Row => [name, dtype, shape]));
  const saved = checkpointOf(parts, Object.fromEntries(metadata));
  return { layouts, saved, reopened: buildModel(saved, config) };
}

const linear = (spec: QuantizerSpec): Recipe => ({ rules: [{ kind: 'linear', quantizer: spec }] });

function descriptions(saved: Checkpoint): Record<string, unknown> {
  return JSON.parse(saved.metadata.get('loupe_tensors') ?? '');
}

describe('layout', () => {
  it('of groups: codes by row, scales [channels, groups]', () => {
    const { layouts, saved } = save(GPT2, linear({ id: 'absmax', bits: 3, groupSize: 4, scaleDtype: 'F16' }));
    expect(layouts[1]?.parts.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ['h.0.attn.c_attn.weight.codes', 'U8', [30, 4]],
      ['h.0.attn.c_attn.weight.scale', 'F16', [30, 3]],
    ]);
    expect(descriptions(saved)).toEqual({
      'h.0.attn.c_attn.weight': {
        family: 'affine',
        preset: 'absmax',
        bits: 3,
        unit: 'group',
        axis: 1,
        shape: [10, 30],
        dtype: 'F32',
        group_size: 4,
      },
    });
  });

  it('of a tensor with a zero-point', () => {
    const { layouts } = save(GPT2, linear({ id: 'zero-point' }));
    expect(layouts[1]?.parts.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ['h.0.attn.c_attn.weight.codes', 'U8', [30, 10]],
      ['h.0.attn.c_attn.weight.scale', 'F32', [1]],
      ['h.0.attn.c_attn.weight.zero', 'F32', [1]],
    ]);
  });

  it('of uniform cells: their minima and widths, and the clip rule in words', () => {
    const { layouts, saved } = save(GPT2, linear({ id: 'uniform', bits: 1, unit: 'channel', clip: 'percentile:99' }));
    expect(layouts[1]?.parts.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ['h.0.attn.c_attn.weight.codes', 'U8', [30, 2]],
      ['h.0.attn.c_attn.weight.minimum', 'F32', [30]],
      ['h.0.attn.c_attn.weight.width', 'F32', [30]],
    ]);
    expect(descriptions(saved)['h.0.attn.c_attn.weight']).toMatchObject({ preset: 'uniform', clip: 'percentile:99' });
  });

  it('of levels of the tensor and of each channel', () => {
    const partsOf = (spec: QuantizerSpec) =>
      save(GPT2, linear(spec)).layouts[1]?.parts.map(({ name, dtype, shape }) => [name, dtype, shape]);
    expect(partsOf({ id: 'lloyd-max', bits: 3 })).toEqual([
      ['h.0.attn.c_attn.weight.codes', 'U8', [30, 4]],
      ['h.0.attn.c_attn.weight.codebook', 'F16', [8]],
    ]);
    expect(partsOf({ id: 'lloyd-max', bits: 8, unit: 'channel', levelDtype: 'F32' })).toEqual([
      ['h.0.attn.c_attn.weight.codes', 'U8', [30, 10]],
      ['h.0.attn.c_attn.weight.codebook', 'F32', [30, 256]],
    ]);
    const own = save(GPT2, linear({ id: 'levels', levels: [-1, 0, 2] }));
    expect(own.layouts[1]?.parts[1]).toMatchObject({ dtype: 'F32', shape: [4], content: { kind: 'codebook' } });
    expect(descriptions(own.saved)['h.0.attn.c_attn.weight']).toEqual({
      family: 'codebook',
      preset: 'levels',
      bits: 2,
      unit: 'tensor',
      axis: 1,
      shape: [10, 30],
      dtype: 'F32',
    });
  });

  it('of a cast: values in the original order and shape', () => {
    const { layouts } = save(GPT2, linear({ id: 'bf16' }));
    expect(layouts[1]?.parts).toEqual([
      { name: 'h.0.attn.c_attn.weight.values', dtype: 'BF16', shape: [10, 30], content: { kind: 'values' } },
    ]);
    expect(layouts[1]?.roundTo).toBeNull();
  });

  it('of a cast with a scale: the narrow floats before it in the original order, one scale a channel or a tensor', () => {
    const { layouts, saved } = save(GPT2, linear({ id: 'f8-e4m3', unit: 'channel', scaleDtype: 'BF16' }));
    expect(layouts[1]?.parts).toEqual([
      {
        name: 'h.0.attn.c_attn.weight.values',
        dtype: 'F8_E4M3',
        shape: [10, 30],
        content: { kind: 'unscaled-values' },
      },
      { name: 'h.0.attn.c_attn.weight.scale', dtype: 'BF16', shape: [30], content: { kind: 'scale' } },
    ]);
    expect(descriptions(saved)).toEqual({
      'h.0.attn.c_attn.weight': {
        family: 'cast',
        preset: 'f8-e4m3',
        bits: 8,
        unit: 'channel',
        axis: 1,
        shape: [10, 30],
        dtype: 'F32',
      },
    });
    const tensor = save(GPT2, linear({ id: 'f8-e5m2', unit: 'tensor' })).layouts[1];
    expect(tensor?.parts[1]).toMatchObject({ dtype: 'F32', shape: [1] });
  });

  it.each([
    [4, 'U8', [30, 5], { kind: 'codes', bits: 4, rowBytes: 5 }],
    [8, 'U8', [30, 10], { kind: 'codes', bits: 8, rowBytes: 10 }],
    [9, 'I16', [30, 10], { kind: 'wide-codes' }],
    [16, 'I16', [30, 10], { kind: 'wide-codes' }],
    [17, 'I32', [30, 10], { kind: 'wide-codes' }],
  ] as const)(
    'of fixed point of %i bits: codes of the view, and the bits after the point',
    (bits, dtype, shape, content) => {
      const { layouts, saved } = save(GPT2, linear({ id: 'fixed-point', bits }));
      expect(layouts[1]?.parts).toEqual([
        { name: 'h.0.attn.c_attn.weight.codes', dtype, shape, content },
        { name: 'h.0.attn.c_attn.weight.fraction_bits', dtype: 'I32', shape: [1], content: { kind: 'fraction' } },
      ]);
      expect(descriptions(saved)).toEqual({
        'h.0.attn.c_attn.weight': {
          family: 'cast',
          preset: 'fixed-point',
          bits,
          axis: 1,
          shape: [10, 30],
          dtype: 'F32',
        },
      });
    },
  );

  it('of floats that no dtype holds is refused, and sized as they are saved dequantized', () => {
    const model = buildModel(checkpointOf(GPT2), CONFIG);
    for (const id of ['tf32', 'float:5,2'] as const) {
      const plan = resolvePlan(model, linear({ id }), loupe);
      expect(loupe.check(model, plan)).toMatchObject([
        { tensor: 'h.0.attn.c_attn.weight', code: 'quantizer/analysis-only', severity: 'refused' },
      ]);
      const { parts } = loupe.layout(model, model.tensors[1]!, plan.decisions[1]!.quantizer, { dtype: null });
      expect(parts).toMatchObject([{ dtype: 'F32', shape: [10, 30] }]);
    }
    expect(loupe.check(model, resolvePlan(model, linear({ id: 'f8-e4m3' }), loupe))).toEqual([]);
  });
});

describe('a saved file opens as what it is', () => {
  const specs: readonly (readonly [QuantizerSpec, string, object])[] = [
    [
      { id: 'absmax', bits: 4, unit: 'channel' },
      'INT4 channel',
      { unit: 'channel', groupSize: 10, zero: null, rowBytes: 5 },
    ],
    [
      { id: 'absmax', bits: 3, groupSize: 4 },
      'INT3 group 4',
      { unit: 'group', groupSize: 4, zeroStorage: null, rowBytes: 4 },
    ],
    [{ id: 'rtn', asymmetric: true, groupSize: 4 }, 'INT4 group 4 asymmetric', { zeroStorage: 'f32' }],
    [
      { id: 'uniform', bits: 5, groupSize: 4 },
      '5-bit cells group 4',
      { unit: 'group', decode: 'cells', zeroStorage: 'f32', rowBytes: 7 },
    ],
    [{ id: 'uniform', clip: 'sigma:3' }, '4-bit cells tensor', { unit: 'tensor', decode: 'cells' }],
    [{ id: 'zero-point' }, 'INT8 tensor asymmetric', { unit: 'tensor', zeroStorage: 'f32' }],
  ];
  it.each(specs)('%j', (spec, packing, source) => {
    const { reopened } = save(GPT2, linear(spec));
    expect(reopened).toMatchObject({ packedFormat: 'loupe', parameters: 50 * 10 + 300 + 30, warnings: [] });
    const tensor = reopened.tensors.find(({ name }) => name === 'h.0.attn.c_attn.weight');
    expect(tensor).toMatchObject({
      shape: [10, 30],
      dtype: 'F32',
      axis: 1,
      view: { channels: 30, inputs: 10, transposed: true },
      kind: 'linear',
      packing,
      source: { kind: 'affine', codeStorage: 'stream', roundTo: null, ...source },
    });
    expect(reopened.storedBytes).toBe(reopened.checkpoint.totalBytes);
  });

  it('a cast', () => {
    const { reopened } = save(GPT2, linear({ id: 'f16' }));
    expect(reopened.tensors[1]).toMatchObject({
      dtype: 'F32',
      packing: 'F16',
      source: { kind: 'raw', data: { dtype: 'F16' } },
    });
  });

  it('a cast with a scale, and fixed point', () => {
    const { reopened } = save(GPT2, linear({ id: 'f8-e4m3', unit: 'tensor' }));
    const view = { channels: 30, inputs: 10, transposed: true };
    expect(reopened.tensors[1]).toMatchObject({
      packing: 'F8_E4M3 tensor',
      source: { kind: 'scaled-float', view, codeStorage: 'f8-e4m3', codeOrder: 'stored', unit: 'tensor' },
    });
    expect(reopened.storedBytes).toBe(reopened.checkpoint.totalBytes);
    const fixed = save(GPT2, linear({ id: 'fixed-point', bits: 11 })).reopened;
    expect(fixed.tensors[1]).toMatchObject({
      packing: 'fixed-point 11',
      source: { kind: 'fixed-point', view, codeStorage: 'i16', bits: 11 },
    });
    expect(fixed.storedBytes).toBe(fixed.checkpoint.totalBytes);
  });

  it('experts of one tensor, cast with a scale a channel', () => {
    const rows: readonly Row[] = [['model.layers.0.mlp.experts.down_proj', 'BF16', [4, 6, 8]]];
    const config = '{"model_type":"qwen3_moe"}';
    const { layouts, reopened } = save(rows, linear({ id: 'f8-e4m3', unit: 'channel' }), config);
    expect(layouts[0]?.parts[1]?.shape).toEqual([24]);
    expect(reopened.tensors[0]).toMatchObject({ shape: [4, 6, 8], view: { channels: 24, inputs: 8 } });
  });

  it('experts of one tensor', () => {
    const rows: readonly Row[] = [['model.layers.0.mlp.experts.down_proj', 'BF16', [4, 6, 8]]];
    const config = '{"model_type":"qwen3_moe"}';
    const { saved, reopened } = save(rows, linear({ id: 'absmax', bits: 4, unit: 'channel' }), config);
    expect(descriptions(saved)).toMatchObject({ 'model.layers.0.mlp.experts.down_proj': { matrices: 4, axis: 1 } });
    expect(reopened.tensors[0]).toMatchObject({
      shape: [4, 6, 8],
      view: { channels: 24, inputs: 8, transposed: false },
    });
  });

  it('over shards, each with its own descriptions', () => {
    const { saved } = save(GPT2, { rules: [{ kind: 'all', quantizer: { id: 'absmax', bits: 4, unit: 'channel' } }] });
    const described = descriptions(saved);
    const files = ['wte.weight', 'h.0.attn.c_attn.weight', 'h.0.attn.c_attn.bias'].map((name) => {
      const tensors = saved.tensors.filter((tensor) => tensor.name.startsWith(`${name}.`));
      const metadata = new Map([
        ['loupe_format', '1'],
        ['loupe_tensors', JSON.stringify({ [name]: described[name] })],
      ]);
      const plan = planFile(tensors, metadata);
      const header = { tensors: plan.tensors, metadata, headerBytes: 0, dataStart: 0, fileBytes: plan.fileBytes };
      return { name: `${name}.safetensors`, path: name, bytes: plan.fileBytes, mtimeMs: 1, header, problem: null };
    });
    const tensors = files.flatMap(({ header }, file) =>
      header.tensors.map((tensor) => ({ ...tensor, file, missing: false })),
    );
    const reopened = buildModel({ ...saved, files, tensors, metadata: files[0]?.header.metadata ?? new Map() }, CONFIG);
    expect(reopened.tensors.map(({ packing }) => packing)).toEqual(['INT4 channel', 'INT4 channel', 'INT4 channel']);
    expect(reopened.tensors[0]?.source).toMatchObject({ codes: { path: 'wte.weight' } });
  });
});

describe('levels in a saved file', () => {
  const name = 'h.0.attn.c_attn.weight';
  it.each([
    [{ id: 'lloyd-max', bits: 5, unit: 'channel' }, '5-bit codebook channel', 'channel', [30, 32]],
    [{ id: 'optimal', bits: 2, levelDtype: 'F32' }, '2-bit codebook tensor', 'tensor', [4]],
  ] as const)('of %j open as what they are', (spec, packing, unit, shape) => {
    const { reopened } = save(GPT2, linear(spec));
    const tensor = reopened.tensors.find((candidate) => candidate.name === name);
    const rowBytes = Math.ceil((10 * spec.bits) / 8);
    expect(tensor).toMatchObject({
      packing,
      source: { kind: 'codebook', codeStorage: 'stream', unit, bits: spec.bits, rowBytes, levels: { shape } },
    });
    expect(reopened.storedBytes).toBe(reopened.checkpoint.totalBytes);
  });

  type Change = (row: Row) => Row | null;
  const change = (leaf: string, to: Row[1], shape: readonly number[]): Change => {
    return (row) => (row[0] === `${name}.${leaf}` ? [row[0], to, [...shape]] : row);
  };
  const broken: readonly (readonly [string, Change, object, RegExp])[] = [
    ['levels of another number', change('codebook', 'F16', [30, 8]), {}, /codebook does not fit/],
    ['levels of the tensor only', change('codebook', 'F16', [16]), {}, /codebook does not fit/],
    ['levels in BF16', change('codebook', 'BF16', [30, 16]), {}, /codebook does not fit/],
    ['codes of shorter rows', change('codes', 'U8', [30, 4]), {}, /codes have another shape/],
    ['signed codes', change('codes', 'I8', [30, 5]), {}, /codes have another shape/],
    ['no levels', (row) => (row[0] === `${name}.codebook` ? null : row), {}, /codebook are missing/],
    ['bits of 0', (row) => row, { bits: 0 }, /bits are none of 1 to 8/],
    ['bits in between', (row) => row, { bits: 3.5 }, /bits are none of 1 to 8/],
    ['groups', (row) => row, { unit: 'group' }, /unit is unknown/],
  ];
  it.each(broken)('(%s) are a warning', (_what, changeOf, described, why) => {
    const { saved } = save(GPT2, linear({ id: 'lloyd-max', bits: 4, unit: 'channel' }));
    const texts = { ...descriptions(saved), [name]: { ...(descriptions(saved)[name] as object), ...described } };
    const rows = saved.tensors
      .map(({ name: part, dtype, shape }) => changeOf([part, dtype, [...shape]]))
      .filter((row) => row !== null);
    const model = buildModel(checkpointOf(rows, { loupe_format: '1', loupe_tensors: JSON.stringify(texts) }), CONFIG);
    expect(model.warnings).toEqual([{ code: 'format/unreadable', text: expect.stringMatching(why) }]);
  });
});

describe('a description that does not fit', () => {
  const name = 'h.0.attn.c_attn.weight';
  const broken: readonly (readonly [string, object | null, RegExp])[] = [
    ['another shape', { shape: [10, 31] }, /codes have another shape/],
    ['a negative shape', { shape: [-10, 30] }, /no list of sizes/],
    ['a shape beyond counting', { shape: [2 ** 40, 2 ** 40] }, /no list of sizes/],
    ['an unknown dtype', { dtype: 'F33' }, /dtype is unknown/],
    ['an axis that it has not', { axis: 2 }, /axis is none of its dims/],
    ['more bits', { bits: 9 }, /bits are none of 1 to 8/],
    ['other bits', { bits: 8 }, /codes have another shape/],
    ['an unknown unit', { unit: 'block' }, /unit is unknown/],
    ['a group size of 0', { group_size: 0 }, /group size/],
    ['other groups', { group_size: 5 }, /scales do not fit/],
    ['a preset whose parts are others', { preset: 'uniform' }, /minima or widths of its cells are missing/],
    ['a family of the future', { family: 'vector' }, /does not decode the family vector/],
    ['nothing', null, /no object/],
  ];
  it.each(broken)('(%s) is a warning, and the parts are shown as they are stored', (_what, change, why) => {
    const { saved } = save(GPT2, linear({ id: 'absmax', bits: 4, groupSize: 4 }));
    const described = descriptions(saved);
    const changed = { ...described, [name]: change === null ? null : { ...(described[name] as object), ...change } };
    const rows = saved.tensors.map(({ name: part, dtype, shape }): Row => [part, dtype, shape]);
    const model = buildModel(checkpointOf(rows, { loupe_format: '1', loupe_tensors: JSON.stringify(changed) }), CONFIG);
    expect(model.warnings).toEqual([{ code: 'format/unreadable', text: expect.stringMatching(why) }]);
    expect(model.tensors.map((tensor) => tensor.name)).toContain(`${name}.codes`);
    expect(model.packedFormat).toBe('loupe');
  });

  it('text that is no JSON describes nothing', () => {
    const model = buildModel(checkpointOf(GPT2, { loupe_format: '1', loupe_tensors: '{' }), CONFIG);
    expect(model.tensors).toHaveLength(3);
  });

  it('a newer version is named', () => {
    const model = buildModel(checkpointOf(GPT2, { loupe_format: '2', loupe_tensors: '{}' }), CONFIG);
    expect(model.warnings[0]?.text).toContain('version 2 of the Loupe format');
  });
});

it('keeps the metadata of the source, and of our own keys only the new', () => {
  const model = buildModel(checkpointOf(GPT2, { format: 'pt', loupe_tensors: 'old' }), CONFIG);
  const metadata = loupe.metadata([], { rules: [] }, model, '1');
  expect(Object.fromEntries(metadata)).toEqual({
    format: 'pt',
    loupe_recipe: '{"loupe_recipe":1,"rules":[]}',
    loupe_version: '1',
    loupe_format: '1',
    loupe_tensors: '{}',
  });
});

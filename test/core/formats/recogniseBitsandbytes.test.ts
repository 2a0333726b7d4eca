import { describe, expect, it } from 'vitest';
import { quantStatesOf } from '../../../src/core/formats/bitsandbytes/recogniseBitsandbytes.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { Model } from '../../../src/core/model/model.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';

const W = 'model.layers.0.self_attn.q_proj.weight';
const STATE = `${W}.quant_state.bitsandbytes__nf4`;
const PLAIN = { quant_type: 'nf4', blocksize: 64, dtype: 'bfloat16', shape: [6, 100] };
const NESTED = { ...PLAIN, nested_blocksize: 256, nested_dtype: 'float32', nested_offset: 0.25 };

const plainRows: readonly Row[] = [
  [W, 'U8', [300, 1]],
  [`${W}.absmax`, 'F32', [10]],
  [`${W}.quant_map`, 'F32', [16]],
  [STATE, 'U8', [77]],
  ['model.norm.weight', 'BF16', [100]],
];
const nestedRows: readonly Row[] = [
  ...plainRows.map(
    ([name, dtype, shape]): Row => (name === `${W}.absmax` ? [name, 'U8', shape] : [name, dtype, shape]),
  ),
  [`${W}.nested_absmax`, 'F32', [1]],
  [`${W}.nested_quant_map`, 'F32', [256]],
];

function open(rows: readonly Row[], state: unknown, config: object | null = null, stateName = STATE): Model {
  const text = typeof state === 'string' ? state : JSON.stringify(state);
  const values = new Map([[stateName, Uint8Array.from(text, (character) => character.charCodeAt(0))]]);
  return buildModel(checkpointOf(rows), config === null ? null : JSON.stringify(config), { values });
}

function without(rows: readonly Row[], ...names: readonly string[]): readonly Row[] {
  return rows.filter(([name]) => !names.includes(name));
}

function withRow(rows: readonly Row[], row: Row): readonly Row[] {
  return rows.map((each) => (each[0] === row[0] ? row : each));
}

describe('blocks', () => {
  it('are folded under the original name with shape and dtype of their state, config.json or not', () => {
    for (const config of [null, { model_type: 'llama', quantization_config: { quant_method: 'bitsandbytes' } }]) {
      const model = open(plainRows, PLAIN, config);
      expect(model.warnings).toEqual([]);
      expect(model.packedFormat).toBe('bitsandbytes');
      expect(model.tensors.map(({ name }) => name)).toEqual([W, 'model.norm.weight']);
      expect(model.tensors[0]).toMatchObject({ shape: [6, 100], dtype: 'BF16', packing: 'NF4 block 64', axis: 0 });
      expect(model.tensors[0]?.storedBytes).toBe(300 + 40 + 64 + 77);
    }
  });

  it('read scales that are quantized in turn', () => {
    expect(open(nestedRows, NESTED).tensors[0]).toMatchObject({
      packing: 'NF4 block 64 double',
      source: { blocks: { nested: { size: 256, offset: 0.25 } } },
    });
  });

  it('take codes that are stored as another dtype', () => {
    const [tensor] = open(withRow(plainRows, [W, 'BF16', [150, 1]]), PLAIN).tensors;
    expect(tensor).toMatchObject({ packing: 'NF4 block 64', shape: [6, 100] });
  });

  it('of a Conv1D are given the shape of the original', () => {
    const rename = (name: string): string => name.replace(/^model.*q_proj/, 'transformer.h.0.attn.c_attn');
    const rows = plainRows.map(([name, dtype, shape]): Row => [rename(name), dtype, shape]);
    const model = open(rows, PLAIN, { model_type: 'gpt2' }, rename(STATE));
    const { shape, axis, view } = model.tensors.find(({ packing }) => packing !== null)!;
    expect({ shape, axis, view }).toEqual({
      shape: [100, 6],
      axis: 1,
      view: { channels: 6, inputs: 100, transposed: true },
    });
  });

  it('have their states read before, unless those are too long to be one', () => {
    const names = (rows: readonly Row[]): unknown =>
      quantStatesOf({ checkpoint: checkpointOf(rows) }).map(({ name }) => name);
    expect(names(plainRows)).toEqual([STATE]);
    expect(names(withRow(plainRows, [STATE, 'U8', [5000]]))).toEqual([]);
    expect(names(withRow(plainRows, [STATE, 'F32', [20]]))).toEqual([]);
  });
});

describe('a packed weight that does not fit is named, and shown as it is stored', () => {
  const cases: readonly (readonly [what: string, rows: readonly Row[], state: unknown, why: string])[] = [
    ['no scales', without(plainRows, `${W}.absmax`), PLAIN, 'codes, scales or levels are missing'],
    ['no levels', without(plainRows, `${W}.quant_map`), PLAIN, 'codes, scales or levels are missing'],
    ['no codes', without(plainRows, W), PLAIN, 'codes, scales or levels are missing'],
    ['too few codes', withRow(plainRows, [W, 'U8', [299, 1]]), PLAIN, 'codes do not fit'],
    ['too many scales', withRow(plainRows, [`${W}.absmax`, 'F32', [11]]), PLAIN, 'scales do not fit'],
    ['scales in F16', withRow(plainRows, [`${W}.absmax`, 'F16', [10]]), PLAIN, 'neither F32 nor codes'],
    ['fifteen levels', withRow(plainRows, [`${W}.quant_map`, 'F32', [15]]), PLAIN, 'not 16 numbers'],
    ['codes of scales without a mean', nestedRows, PLAIN, 'codes with a mean'],
    ['no scales of scales', without(nestedRows, `${W}.nested_absmax`), NESTED, 'scales of its scales do not fit'],
    ['a short map', withRow(nestedRows, [`${W}.nested_quant_map`, 'F32', [255]]), NESTED, 'map of its scales'],
    ['a state that is no JSON', plainRows, '{"quant_type"', 'no JSON object'],
    ['a state that is a list', plainRows, [1], 'no JSON object'],
    ['other levels', plainRows, { ...PLAIN, quant_type: 'int4' }, 'levels are unknown'],
    ['levels of another name', plainRows, { ...PLAIN, quant_type: 'fp4' }, 'other levels'],
    ['no block size', plainRows, { ...PLAIN, blocksize: 0 }, 'block size is no positive number'],
    ['half a block', plainRows, { ...PLAIN, blocksize: 0.5 }, 'block size is no positive number'],
    ['an odd dtype', plainRows, { ...PLAIN, dtype: 'int32' }, 'dtype is unknown'],
    ['three sizes', plainRows, { ...PLAIN, shape: [6, 10, 10] }, 'no pair of sizes'],
    ['a negative size', plainRows, { ...PLAIN, shape: [-6, 100] }, 'no pair of sizes'],
    ['sizes beyond counting', plainRows, { ...PLAIN, shape: [2 ** 52, 2 ** 52] }, 'too large'],
    ['a mean that is text', nestedRows, { ...NESTED, nested_offset: '0.25' }, 'mean of its scales is no number'],
    ['no nested block size', nestedRows, { ...NESTED, nested_blocksize: -1 }, 'block size of its scales'],
    ['scales of scales in another dtype', nestedRows, { ...NESTED, nested_dtype: 'float16' }, 'another dtype'],
  ];

  it.each(cases)('%s', (_what, rows, state, why) => {
    const model = open(rows, state);
    expect(model.packedFormat).toBe('bitsandbytes');
    expect(model.warnings).toHaveLength(1);
    expect(model.warnings[0]).toMatchObject({ code: 'format/unreadable', text: expect.stringContaining(why) });
    expect(model.tensors.every(({ packing }) => packing === null)).toBe(true);
    expect(model.tensors).toHaveLength(rows.length);
  });

  it('a state that nobody read', () => {
    const model = buildModel(checkpointOf(plainRows), null);
    expect(model.warnings[0]?.text).toContain('state is missing');
  });
});

describe('LLM.int8', () => {
  const rows: readonly Row[] = [
    ['a.q_proj.weight', 'I8', [6, 10]],
    ['a.q_proj.SCB', 'F32', [6]],
    ['a.q_proj.weight_format', 'U8', []],
    ['a.q_proj.bias', 'F16', [6]],
  ];

  it('is folded under the weight, in the dtype of config.json', () => {
    const model = buildModel(checkpointOf(rows), JSON.stringify({ dtype: 'bfloat16' }));
    expect(model.packedFormat).toBe('bitsandbytes');
    expect(model.tensors.map(({ name, shape, dtype, packing }) => [name, shape, dtype, packing])).toEqual([
      ['a.q_proj.weight', [6, 10], 'BF16', 'INT8 channel'],
      ['a.q_proj.bias', [6], 'F16', null],
    ]);
    expect(model.tensors[0]?.storedBytes).toBe(60 + 24 + 1);
  });

  it('is refused in the order of a GPU, which only its weight_format tells', () => {
    const checkpoint = checkpointOf(rows);
    expect(quantStatesOf({ checkpoint }).map(({ name }) => name)).toEqual(['a.q_proj.weight_format']);
    const opened = (order: number): Model =>
      buildModel(checkpoint, null, { values: new Map([['a.q_proj.weight_format', Uint8Array.of(order)]]) });
    expect(opened(0).warnings).toEqual([]);
    expect(opened(2).warnings[0]?.text).toContain('order of a GPU');
    expect(opened(2).tensors.every(({ packing }) => packing === null)).toBe(true);
  });

  it('names scales that do not fit', () => {
    const model = buildModel(checkpointOf(withRow(rows, ['a.q_proj.SCB', 'F32', [5]])), null);
    expect(model.warnings[0]?.text).toContain('scales do not fit');
  });

  it('leaves signed bytes without scales alone', () => {
    expect(buildModel(checkpointOf(without(rows, 'a.q_proj.SCB')), null).packedFormat).toBeNull();
  });
});

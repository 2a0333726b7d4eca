import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openCheckpointPath } from 'safetensors-js/node';
import { describe, expect, it } from 'vitest';
import { shapeTensorsOf } from '../../../src/core/formats/compressedTensors/recogniseCompressedTensors.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { Model, ModelTensor } from '../../../src/core/model/model.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';
import { decodeSource } from './decodeSource.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/packed/', import.meta.url));
const FOLDERS = readdirSync(FIXTURES).filter((name) => name.startsWith('compressed-tensors-'));

async function open(
  folder: string,
): Promise<{ model: Model; file: Uint8Array; expected: Model; expectedFile: Uint8Array }> {
  const path = `${FIXTURES}${folder}`;
  const model = buildModel(
    await openCheckpointPath(`${path}/model.safetensors`),
    readFileSync(`${path}/config.json`, 'utf8'),
  );
  const expected = buildModel(await openCheckpointPath(`${path}/dequantized.safetensors`), null);
  const file = readFileSync(`${path}/model.safetensors`);
  return { model, file, expected, expectedFile: readFileSync(`${path}/dequantized.safetensors`) };
}

function find(model: Model, name: string): ModelTensor {
  const tensor = model.tensors.find((candidate) => candidate.name === name);
  if (tensor === undefined) throw new Error(`no tensor ${name}`);
  return tensor;
}

describe.each(FOLDERS)('%s', (folder) => {
  it('decodes every packed weight to what the library decodes, exactly', async () => {
    const { model, file, expected, expectedFile } = await open(folder);
    expect(expected.tensors).toHaveLength(7);
    for (const wanted of expected.tensors) {
      const tensor = find(model, wanted.name);
      expect(tensor.packing).not.toBeNull();
      expect([tensor.name, tensor.shape, tensor.dtype]).toEqual([wanted.name, wanted.shape, wanted.dtype]);
      const decoded = decodeSource(tensor.source, file);
      expect(Buffer.from(decoded.buffer).equals(Buffer.from(decodeSource(wanted.source, expectedFile).buffer))).toBe(
        true,
      );
    }
  });

  it('counts the parameters of the original model and accounts for every stored byte', async () => {
    const { model } = await open(folder);
    // embeddings and head 2 · 128 · 128, three norms of 128, q and o 128 · 128, k and v 64 · 128, three of 256 · 128
    expect(model.parameters).toBe(2 * 128 * 128 + 3 * 128 + 2 * 128 * 128 + 2 * 64 * 128 + 3 * 256 * 128);
    expect(model.storedBytes).toBe(model.checkpoint.totalBytes);
    expect(model.packedFormat).toBe('compressed-tensors');
    expect(model.warnings).toEqual([]);
    expect(model.tensors).toHaveLength(12);
  });
});

const WORDS = [
  ['compressed-tensors-w4a16', 'INT4 group 128'],
  ['compressed-tensors-w4a16-asym', 'INT4 group 128 asymmetric'],
  ['compressed-tensors-w8a16-channel', 'INT8 channel'],
  ['compressed-tensors-w8a8', 'INT8 channel'],
  ['compressed-tensors-fp8-dynamic', 'FP8 channel'],
  ['compressed-tensors-nvfp4a16', 'NVFP4'],
  ['compressed-tensors-mxfp4a16', 'MXFP4'],
] as const;

it.each(WORDS)('says how %s is packed: %s', async (folder, words) => {
  const { model } = await open(folder);
  const packed = model.tensors.filter(({ packing }) => packing !== null);
  expect(new Set(packed.map(({ packing }) => packing))).toEqual(new Set([words]));
  expect(packed).toHaveLength(7);
  expect(packed.every(({ kind, layer, isParameter }) => kind === 'linear' && layer === 0 && isParameter)).toBe(true);
});

it('counts scales and shapes in the bits per weight', async () => {
  const { model } = await open('compressed-tensors-w4a16');
  // 256 · 128 codes of 4 bits, 256 scales of 16 bits, a shape of 16 bytes
  const bits = (256 * 128 * 4 + 256 * 16 + 128) / (256 * 128);
  expect(find(model, 'model.layers.0.mlp.gate_proj.weight').bitsPerWeight).toBeCloseTo(bits, 12);
});

const config = (weights: object, more: object = {}): string =>
  JSON.stringify({
    model_type: 'llama',
    dtype: 'bfloat16',
    quantization_config: {
      quant_method: 'compressed-tensors',
      format: 'pack-quantized',
      config_groups: { group_0: { targets: ['Linear'], weights: { type: 'int', symmetric: true, ...weights } } },
      ...more,
    },
  });

const packedRows = (shapes: { packed: number[]; scale: number[] }, more: readonly Row[] = []): readonly Row[] => [
  ['a.q_proj.weight_packed', 'I32', shapes.packed],
  ['a.q_proj.weight_scale', 'BF16', shapes.scale],
  ['a.q_proj.weight_shape', 'I64', [2]],
  ...more,
];

describe('shapes', () => {
  it('takes the inputs of grouped codes from their groups', () => {
    const rows = packedRows({ packed: [3, 13], scale: [3, 1] });
    const model = buildModel(checkpointOf(rows), config({ num_bits: 4, strategy: 'group', group_size: 100 }));
    expect(model.tensors[0]).toMatchObject({ name: 'a.q_proj.weight', shape: [3, 100], packing: 'INT4 group 100' });
  });

  it('takes the inputs of channel codes from weight_shape where its values were read', () => {
    const rows = packedRows({ packed: [3, 13], scale: [3, 1] });
    const checkpoint = checkpointOf(rows);
    const text = config({ num_bits: 4, strategy: 'channel' });
    expect(shapeTensorsOf({ checkpoint, config: JSON.parse(text) }).map(({ name }) => name)).toEqual([
      'a.q_proj.weight_shape',
    ]);
    const values = new Map([['a.q_proj.weight_shape', new Uint8Array(new BigInt64Array([3n, 99n]).buffer)]]);
    expect(buildModel(checkpoint, text, { values }).tensors[0]?.shape).toEqual([3, 99]);
    expect(buildModel(checkpoint, text).tensors[0]?.shape).toEqual([3, 104]);
  });

  it('reads codes of 3 bits that run over word borders', () => {
    const rows = packedRows({ packed: [3, 12], scale: [3, 1] });
    const model = buildModel(checkpointOf(rows), config({ num_bits: 3, strategy: 'group', group_size: 128 }));
    expect(model.tensors[0]).toMatchObject({ shape: [3, 128], packing: 'INT3 group 128' });
  });

  it('names GPT-2 weights [inputs, channels], as the original stores them', () => {
    const rows: Row[] = [
      ['h.0.attn.c_attn.weight_packed', 'I32', [384, 16]],
      ['h.0.attn.c_attn.weight_scale', 'F32', [384, 1]],
      ['h.0.attn.c_attn.weight_shape', 'I64', [2]],
    ];
    const text = config({ num_bits: 4, strategy: 'channel' }).replace('llama', 'gpt2');
    expect(buildModel(checkpointOf(rows), text).tensors[0]).toMatchObject({
      shape: [128, 384],
      axis: 1,
      view: { channels: 384, inputs: 128, transposed: true },
      dtype: 'F32',
    });
  });
});

describe('several groups', () => {
  const groups = (targets: readonly (readonly string[])[]): string => {
    const weights = [
      { num_bits: 4, strategy: 'channel' },
      { num_bits: 8, strategy: 'channel' },
    ];
    const entries = targets.map((names, i) => [
      `group_${i}`,
      { targets: names, weights: { type: 'int', ...weights[i] } },
    ]);
    return config({}, { config_groups: Object.fromEntries(entries) });
  };
  const rows = packedRows({ packed: [4, 8], scale: [4, 1] });

  it('follows an exact name', () => {
    const model = buildModel(checkpointOf(rows), groups([['b'], ['a.q_proj']]));
    expect(model.tensors[0]).toMatchObject({ packing: 'INT8 channel', shape: [4, 32] });
  });

  it('follows a pattern, matched from the start of the path', () => {
    const model = buildModel(checkpointOf(rows), groups([['re:q_proj'], ['re:.*q_proj$']]));
    expect(model.tensors[0]).toMatchObject({ packing: 'INT8 channel', shape: [4, 32] });
  });
});

describe('what does not fit', () => {
  const bad: readonly (readonly [string, readonly Row[], object])[] = [
    ['scales of other channels', packedRows({ packed: [4, 8], scale: [3, 1] }), { num_bits: 8, strategy: 'channel' }],
    [
      'a missing scale',
      packedRows({ packed: [4, 8], scale: [4, 1] }).filter(([name]) => !name.endsWith('scale')),
      { num_bits: 4 },
    ],
    [
      'zero-points of another shape',
      packedRows({ packed: [4, 8], scale: [4, 1] }, [['a.q_proj.weight_zero_point', 'I32', [4, 1]]]),
      { num_bits: 4, strategy: 'channel' },
    ],
    [
      'words for another number of groups',
      packedRows({ packed: [4, 8], scale: [4, 3] }),
      { num_bits: 4, strategy: 'group', group_size: 128 },
    ],
  ];
  it.each(bad)('leaves %s as it is stored, with a warning that names the module', (_what, rows, weights) => {
    const model = buildModel(checkpointOf(rows), config(weights));
    expect(model.tensors.map(({ name }) => name).sort()).toEqual(rows.map(([name]) => name).sort());
    expect(model.warnings[0]?.code).toBe('format/unreadable');
    expect(model.warnings[0]?.text).toContain('a.q_proj');
    expect(model.packedFormat).toBe('compressed-tensors');
  });
});

import type { Checkpoint } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import type { TensorLayout } from '../../../src/core/formats/format.ts';
import { loupe } from '../../../src/core/formats/loupe/loupe.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { Model } from '../../../src/core/model/model.ts';
import type { AffineQuantizer, QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';

/* HQQ and LLM.int8 in the Loupe format. */

const NAME = 'h.0.attn.c_attn.weight';
const ROWS: readonly Row[] = [[NAME, 'F32', [10, 30]]];
const CONFIG = '{"model_type":"gpt2"}';

interface Saved {
  readonly layout: TensorLayout;
  readonly checkpoint: Checkpoint;
}

function save(spec: QuantizerSpec, columns: readonly number[] | null = null): Saved {
  const model = buildModel(checkpointOf(ROWS), CONFIG);
  const resolved = resolveQuantizer(spec) as AffineQuantizer;
  const by = { kind: 'sigma', deviations: 6 } as const;
  const quantizer = columns === null ? resolved : { ...resolved, outliers: { kind: 'columns', columns, by } as const };
  const layout = loupe.layout(model, model.tensors[0]!, quantizer, { dtype: null });
  const metadata = loupe.metadata([layout], { rules: [] }, model, '1.2.3');
  const rows = layout.parts.map(({ name, dtype, shape }): Row => [name, dtype, shape]);
  return { layout, checkpoint: checkpointOf(rows, Object.fromEntries(metadata)) };
}

function partsOf({ layout }: Saved): unknown {
  return layout.parts.map(({ name, dtype, shape, content }) => [
    name.slice(NAME.length + 1),
    dtype,
    shape,
    content.kind,
  ]);
}

function described({ checkpoint }: Saved): Record<string, unknown> {
  return JSON.parse(checkpoint.metadata.get('loupe_tensors') ?? '')[NAME];
}

const OUTLIERS: QuantizerSpec = { id: 'llm-int8', outliers: '6sigma' };

describe('layout', () => {
  it('of HQQ: codes, scales in their dtype, zero-points of F32', () => {
    const saved = save({ id: 'hqq', bits: 3, groupSize: 4 });
    expect(partsOf(saved)).toEqual([
      ['codes', 'U8', [30, 4], 'codes'],
      ['scale', 'F16', [30, 3], 'scale'],
      ['zero', 'F32', [30, 3], 'zero'],
    ]);
    expect(described(saved)).toMatchObject({ family: 'affine', preset: 'hqq', bits: 3, unit: 'group', group_size: 4 });
  });

  it('of LLM.int8: codes and row maxima, and the columns kept apart once they are known', () => {
    const plain = [
      ['codes', 'U8', [30, 10], 'codes'],
      ['scb', 'F32', [30], 'scale'],
    ];
    expect(partsOf(save({ id: 'llm-int8' }))).toEqual(plain);
    expect(partsOf(save(OUTLIERS))).toEqual(plain);
    expect(partsOf(save(OUTLIERS, []))).toEqual(plain);
    const saved = save(OUTLIERS, [2, 7]);
    expect(partsOf(saved)).toEqual([
      ...plain,
      ['outlier_columns', 'I32', [2], 'constant'],
      ['outliers', 'F16', [30, 2], 'outliers'],
    ]);
    expect(saved.layout.parts[2]?.content).toEqual({ kind: 'constant', bytes: Uint8Array.of(2, 0, 0, 0, 7, 0, 0, 0) });
    expect(described(saved)).toMatchObject({ preset: 'llm-int8', bits: 8, unit: 'channel', outliers: '6sigma' });
  });
});

describe('a saved file opens as what it is', () => {
  const cases: readonly (readonly [QuantizerSpec, readonly number[] | null, string, object])[] = [
    [
      { id: 'hqq', groupSize: 4 },
      null,
      'HQQ 4-bit group 4',
      { decode: 'float-zero', zeroStorage: 'f32', groupSize: 4 },
    ],
    [{ id: 'hqq', bits: 1, unit: 'channel' }, null, 'HQQ 1-bit channel', { decode: 'float-zero', rowBytes: 2 }],
    [{ id: 'llm-int8' }, null, 'LLM.int8', { decode: 'row-absmax', zero: null, unit: 'channel', rowBytes: 10 }],
    [OUTLIERS, [2, 7], 'LLM.int8 with 2 columns in F16', { outliers: { columns: { shape: [2] } } }],
  ];
  it.each(cases)('%j with columns %j', (spec, columns, packing, source) => {
    const { checkpoint } = save(spec, columns);
    const reopened = buildModel(checkpoint, CONFIG);
    expect(reopened).toMatchObject({ packedFormat: 'loupe', warnings: [] });
    expect(reopened.tensors).toMatchObject([{ name: NAME, shape: [10, 30], packing, source }]);
    expect(reopened.storedBytes).toBe(checkpoint.totalBytes);
  });
});

describe('parts that do not fit', () => {
  type Change = (row: Row) => Row | null;
  const without =
    (leaf: string): Change =>
    (row) =>
      row[0] === `${NAME}.${leaf}` ? null : row;
  const change = (leaf: string, dtype: Row[1], shape: readonly number[]): Change => {
    return (row) => (row[0] === `${NAME}.${leaf}` ? [row[0], dtype, [...shape]] : row);
  };

  function openChanged({ checkpoint }: Saved, changeOf: Change, said: object = {}): Model {
    const texts = { [NAME]: { ...JSON.parse(checkpoint.metadata.get('loupe_tensors') ?? '')[NAME], ...said } };
    const rows = checkpoint.tensors
      .map(({ name, dtype, shape }) => changeOf([name, dtype, [...shape]]))
      .filter((row) => row !== null);
    return buildModel(checkpointOf(rows, { loupe_format: '1', loupe_tensors: JSON.stringify(texts) }), CONFIG);
  }

  it.each<readonly [string, Change, object, RegExp]>([
    ['no row maxima', without('scb'), {}, /scb is missing/],
    ['fewer row maxima', change('scb', 'F32', [29]), {}, /scb does not fit/],
    ['row maxima in F16', change('scb', 'F16', [30]), {}, /scb does not fit/],
    ['columns without values', without('outliers'), {}, /columns or their values are missing/],
    ['values without columns', without('outlier_columns'), {}, /columns or their values are missing/],
    ['columns of another dtype', change('outlier_columns', 'I64', [2]), {}, /no list of inputs/],
    ['columns as a matrix', change('outlier_columns', 'I32', [1, 2]), {}, /no list of inputs/],
    ['more columns than inputs', change('outlier_columns', 'I32', [11]), {}, /no list of inputs/],
    ['values of other columns', change('outliers', 'F16', [30, 3]), {}, /values of its outlier columns do not fit/],
    ['values in F32', change('outliers', 'F32', [30, 2]), {}, /values of its outlier columns do not fit/],
    ['4 bits', change('codes', 'U8', [30, 5]), { bits: 4 }, /8 bits and one scale a row/],
    ['groups', (row) => row, { unit: 'group', group_size: 5 }, /8 bits and one scale a row/],
  ])('LLM.int8 (%s) is a warning', (_what, changeOf, said, why) => {
    const { warnings } = openChanged(save(OUTLIERS, [2, 7]), changeOf, said);
    expect(warnings).toEqual([{ code: 'format/unreadable', text: expect.stringMatching(why) }]);
  });

  it('HQQ without zero-points is a warning', () => {
    const { warnings } = openChanged(save({ id: 'hqq', groupSize: 4 }), without('zero'));
    expect(warnings).toEqual([{ code: 'format/unreadable', text: expect.stringMatching(/zero-points are missing/) }]);
  });
});

import type { Checkpoint } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { compressedTensors } from '../../../src/core/formats/compressedTensors/compressedTensors.ts';
import { loupe } from '../../../src/core/formats/loupe/loupe.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { Model } from '../../../src/core/model/model.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import { planSizes } from '../../../src/core/report/planSizes.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';

const NAME = 'h.0.attn.c_attn.weight';
/** Transposed: 30 channels, which fill three bytes and six bits of a fourth, of 10 inputs. */
const ROWS: readonly Row[] = [
  ['wte.weight', 'F32', [50, 10]],
  [NAME, 'F32', [10, 30]],
];
const CONFIG = '{"model_type":"gpt2"}';

interface Saved {
  readonly saved: Checkpoint;
  readonly reopened: Model;
  readonly descriptions: Record<string, object>;
}

function save(quantizer: QuantizerSpec, change: object = {}): Saved {
  const model = buildModel(checkpointOf(ROWS), CONFIG);
  const recipe = { rules: [{ kind: 'linear' as const, quantizer }] };
  const { decisions } = resolvePlan(model, recipe, loupe);
  const layouts = model.tensors.map((tensor, i) =>
    loupe.layout(model, tensor, decisions[i]?.quantizer ?? null, { dtype: null }),
  );
  const metadata = Object.fromEntries(loupe.metadata(layouts, recipe, model, '1'));
  const described = JSON.parse(metadata.loupe_tensors ?? '') as Record<string, object>;
  const descriptions = { ...described, [NAME]: { ...described[NAME], ...change } };
  const parts = layouts.flatMap((layout) => layout.parts.map(({ name, dtype, shape }): Row => [name, dtype, shape]));
  const saved = checkpointOf(parts, { ...metadata, loupe_tensors: JSON.stringify(descriptions) });
  return { saved, descriptions, reopened: buildModel(saved, CONFIG) };
}

const partsOf = ({ saved }: Saved) =>
  saved.tensors.filter(({ name }) => name.startsWith(NAME)).map(({ name, dtype, shape }) => [name, dtype, shape]);

describe('sign planes in the Loupe format', () => {
  it('lie as planes of bits along the channels, with α by slice', () => {
    const saved = save({ id: 'binary', sequence: 'supx4,l2' });
    expect(partsOf(saved)).toEqual([
      [`${NAME}.alpha`, 'F16', [30, 5]],
      [`${NAME}.planes`, 'U8', [5, 4, 10]],
    ]);
    expect(saved.descriptions[NAME]).toEqual({
      family: 'binary',
      preset: 'binary',
      bits: 5,
      unit: 'channel',
      axis: 1,
      shape: [10, 30],
      dtype: 'F32',
      sequence: 'supx4,l2x1',
    });
  });

  it('have an α for each group, also the last and shorter one', () => {
    const saved = save({ id: 'alternating', bits: 2, groupSize: 4 });
    expect(partsOf(saved)).toEqual([
      [`${NAME}.alpha`, 'F16', [90, 2]],
      [`${NAME}.planes`, 'U8', [2, 4, 10]],
    ]);
    expect(saved.descriptions[NAME]).toMatchObject({ preset: 'alternating', unit: 'group', group_size: 4 });
    expect(saved.descriptions[NAME]).not.toHaveProperty('sequence');
  });

  it.each([
    [{ id: 'binary' }, 'binary 4 planes channel', { planeCount: 4, unit: 'channel', groupSize: 10 }],
    [{ id: 'binary', groupSize: 4 }, 'binary 4 planes group 4', { planeCount: 4, unit: 'group', groupSize: 4 }],
    [{ id: 'xnor' }, 'binary 1 plane channel', { planeCount: 1 }],
    [{ id: 'alternating', bits: 8 }, 'binary 8 planes channel', { planeCount: 8 }],
  ] as const)('open as what they are: %j', (spec, packing, source) => {
    const { reopened, saved } = save(spec);
    expect(reopened).toMatchObject({ packedFormat: 'loupe', parameters: 800, warnings: [] });
    expect(reopened.tensors[1]).toMatchObject({
      name: NAME,
      shape: [10, 30],
      dtype: 'F32',
      axis: 1,
      view: { channels: 30, inputs: 10, transposed: true },
      packing,
      source: { kind: 'binary', ...source },
    });
    expect(reopened.storedBytes).toBe(saved.totalBytes);
  });

  it('take a bit a plane and weight, and an F16 a plane and slice', () => {
    const model = buildModel(checkpointOf([['a.q_proj.weight', 'F32', [64, 256]]]), null);
    const plan = resolvePlan(model, { rules: [{ kind: 'all', quantizer: { id: 'binary' } }] }, loupe);
    const { rows } = planSizes(model, plan, loupe);
    expect(rows[0]).toMatchObject({ storedBytes: 4 * 8 * 256 + 2 * 4 * 64, bitsPerWeight: 4 + 64 / 256 });
  });

  it.each([
    ['more planes', { bits: 9 }, /none of 1 to 8/],
    ['other planes', { bits: 4, sequence: 'supx4' }, /planes have another shape/],
    ['a sequence of other planes', { sequence: 'supx4' }, /sequence is none of its planes/],
    ['a sequence that is none', { sequence: 'median' }, /sequence is none of its planes/],
    ['a unit without α', { unit: 'tensor' }, /unit is unknown/],
    ['groups', { unit: 'group', group_size: 5 }, /scales of its planes do not fit/],
    ['a group size of 0', { unit: 'group', group_size: 0 }, /group size/],
    ['another shape', { shape: [10, 40] }, /planes have another shape/],
  ] as const)('are shown as stored, with a warning, where the description has %s', (_what, change, why) => {
    const { reopened } = save({ id: 'binary', sequence: 'supx4,l2' }, change);
    expect(reopened.warnings).toEqual([{ code: 'format/unreadable', text: expect.stringMatching(why) }]);
    expect(reopened.tensors.map(({ name }) => name)).toContain(`${NAME}.planes`);
  });

  it('are shown as stored where a part is missing', () => {
    const { saved } = save({ id: 'binary' });
    const rows = saved.tensors
      .filter(({ name }) => !name.endsWith('.alpha'))
      .map(({ name, dtype, shape }): Row => [name, dtype, shape]);
    const { warnings } = buildModel(checkpointOf(rows, Object.fromEntries(saved.metadata)), CONFIG);
    expect(warnings[0]?.text).toMatch(/planes or their scales are missing/);
  });
});

it('compressed-tensors refuses sign planes by name', () => {
  const model = buildModel(
    checkpointOf([['model.layers.0.mlp.up_proj.weight', 'BF16', [64, 256]]]),
    '{"model_type":"llama"}',
  );
  const plan = resolvePlan(
    model,
    { rules: [{ kind: 'linear', quantizer: { id: 'binary', sequence: 'supx4,l2x2' } }] },
    compressedTensors,
  );
  expect(compressedTensors.check(model, plan)).toContainEqual(
    expect.objectContaining({
      severity: 'refused',
      tensor: 'model.layers.0.mlp.up_proj.weight',
      code: 'quantizer/no-integers',
      args: { quantizer: 'binary supx4,l2x2 channel' },
    }),
  );
});

import { expect, test } from 'vitest';
import { COMPARISON_SET } from '../../../src/core/quantizers/comparisonSet.ts';
import { QUANTIZER_IDS } from '../../../src/core/quantizers/presets.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { costOf } from '../../../webview/quantizer/cost.ts';
import { allQuantizerFields, bitsWords, fieldsOf } from '../../../webview/quantizer/fields.ts';
import {
  changeSpec,
  completeSpec,
  fullSpec,
  problemOf,
  switchQuantizer,
  withoutMeaningless,
} from '../../../webview/quantizer/specs.ts';

test('every quantizer of core is offered, those of a family together', () => {
  const fields = allQuantizerFields();
  expect(fields.map(({ id }) => id)).toEqual(QUANTIZER_IDS);
  const families = fields.map(({ family }) => family).filter((family, at, all) => family !== all[at - 1]);
  expect(families).toEqual(['affine', 'codebook', 'binary', 'cast']);
});

test('a field that a quantizer does not take has no options', () => {
  expect(fieldsOf('absmax').bits).toEqual([2, 3, 4, 5, 6, 7, 8]);
  expect(fieldsOf('f16')).toMatchObject({ bits: [], units: [], scaleDtypes: [], levelDtypes: [] });
  expect(fieldsOf('llm-int8')).toMatchObject({ bits: [], units: [], scaleDtypes: [] });
  expect(fieldsOf('lloyd-max')).toMatchObject({ units: ['tensor', 'channel'], levelDtypes: ['F16', 'F32'] });
  expect(fieldsOf('f8-e4m3').canBeUnscaled).toBe(true);
});

test('the menu says which bits a quantizer can have', () => {
  const words = (['absmax', 'hqq', 'nf4', 'binary', 'xnor', 'levels', 'bf16', 'tf32'] as const).map(bitsWords);
  expect(words).toEqual(['2–8', '1–4, 8', '4', '1–8', '1', '1–8', '16', '19']);
  expect(bitsWords('float:5,2')).toBe('3–32');
});

test('choosing another quantizer keeps what it has, and fills the rest', () => {
  const spec = { id: 'absmax', bits: 3, unit: 'group', groupSize: 64, scaleDtype: 'BF16' } as const;
  expect(switchQuantizer(spec, 'rtn')).toEqual({ ...spec, id: 'rtn' });
  expect(switchQuantizer(spec, 'f16')).toEqual({ id: 'f16' });
  expect(switchQuantizer({ id: 'f16' }, 'rtn')).toEqual({ id: 'rtn', bits: 4, unit: 'group', groupSize: 128 });
});

test('choosing another quantizer leaves behind what it would refuse', () => {
  const clipped = { id: 'absmax', bits: 6, unit: 'tensor', clip: 'kl' } as const;
  expect(switchQuantizer(clipped, 'hqq')).toEqual({ id: 'hqq', bits: 4, unit: 'group', groupSize: 64 });
  expect(switchQuantizer(clipped, 'zero-point')).toEqual({ ...clipped, id: 'zero-point' });
  expect(switchQuantizer({ id: 'absmax', unit: 'group', groupSize: 100 }, 'nf4')).toEqual({ id: 'nf4', groupSize: 64 });
  expect(switchQuantizer({ id: 'absmax', unit: 'group', groupSize: 128 }, 'nf4')).toEqual({
    id: 'nf4',
    groupSize: 128,
  });
});

test('every quantizer can be chosen from every other', () => {
  for (const from of COMPARISON_SET) {
    for (const id of QUANTIZER_IDS) {
      const next = switchQuantizer(from, id);
      expect(problemOf(next), `${JSON.stringify(from)} to ${id}`).toBeNull();
      expect(fullSpec(next)).toEqual(next);
    }
  }
});

test('a spec sends no parameter that its quantizer has no use for', () => {
  expect(withoutMeaningless({ ...completeSpec({ id: 'absmax' }), unit: 'channel', asymmetric: true })).toEqual({
    id: 'absmax',
    bits: 8,
    unit: 'channel',
    scaleDtype: 'F16',
  });
  expect(withoutMeaningless({ ...completeSpec({ id: 'rtn' }), asymmetric: true })).toMatchObject({
    groupSize: 128,
    asymmetric: true,
  });
  expect(withoutMeaningless({ id: 'f8-e4m3', scaleDtype: 'F16' })).toEqual({ id: 'f8-e4m3' });
});

test('KL goes with the unit tensor, other clips stay', () => {
  const change = (clip: string) =>
    changeSpec({ id: 'absmax', bits: 8, unit: 'tensor', clip }, { unit: 'channel' }).clip;
  expect(change('kl')).toBeUndefined();
  expect(change('mse')).toBe('mse');
});

test('dtypes stay open until they are chosen, and a change of bits keeps them so', () => {
  expect(changeSpec({ id: 'rtn' }, { bits: 8 })).toEqual({ id: 'rtn', bits: 8, unit: 'group', groupSize: 128 });
  const chosen = changeSpec({ id: 'rtn' }, { scaleDtype: 'F32' });
  expect(chosen.scaleDtype).toBe('F32');
  expect(changeSpec(chosen, { bits: 3 }).scaleDtype).toBe('F32');
  expect('scaleDtype' in changeSpec(chosen, { scaleDtype: undefined })).toBe(false);
  expect(changeSpec({ id: 'lloyd-max' }, {})).toEqual({ id: 'lloyd-max', bits: 4, unit: 'tensor' });
});

test('bits without a choice are those that result', () => {
  const bits = (spec: QuantizerSpec): number => completeSpec(spec).bits;
  expect(bits({ id: 'binary', sequence: 'supx4,l2x2' })).toBe(6);
  expect([bits({ id: 'f16' }), bits({ id: 'f8-e5m2' }), bits({ id: 'float:3,2' }), bits({ id: 'nf4' })]).toEqual([
    16, 8, 6, 4,
  ]);
});

test('a text that is no parameter is refused with what is allowed', () => {
  expect(problemOf({ id: 'binary', sequence: 'supx9' })).toContain('supx4,l2x2');
  expect(problemOf({ id: 'absmax', clip: 'absolute:' })).toContain('percentile:P');
  expect(problemOf({ id: 'absmax', clip: 'absolute:-1,2' })).toBeNull();
});

test('the cost follows the other fields', () => {
  const cost = (spec: QuantizerSpec) => costOf(resolveQuantizer(spec));
  expect([cost({ id: 'absmax', unit: 'tensor' }), cost({ id: 'absmax', unit: 'group' })]).toEqual(['instant', 'pass']);
  expect(cost({ id: 'absmax', unit: 'group', clip: 'mse' })).toBe('search');
  expect([cost({ id: 'lloyd-max' }), cost({ id: 'lloyd-max', unit: 'channel' })]).toEqual(['instant', 'search']);
  expect([cost({ id: 'hqq' }), cost({ id: 'nf4' }), cost({ id: 'alternating' })]).toEqual(['search', 'pass', 'search']);
});

import { expect, test } from 'vitest';
import {
  allQuantizerFields,
  changeSpec,
  completeSpec,
  fieldsOf,
  scaleBits,
  switchQuantizer,
  withoutMeaningless,
} from '../../../webview/quantizer/fields.ts';

test('every quantizer of core is offered, casts without bits, units and scales', () => {
  expect(allQuantizerFields().map(({ id }) => id)).toEqual([
    'absmax',
    'absmax-full',
    'rtn',
    'zero-point',
    'f16',
    'bf16',
  ]);
  expect(fieldsOf('absmax').bits).toEqual([2, 3, 4, 5, 6, 7, 8]);
  expect(fieldsOf('f16')).toMatchObject({ bits: [], units: [], scaleDtypes: [], canBeAsymmetric: false });
});

test('choosing another quantizer keeps what it has, and fills the rest', () => {
  const spec = { id: 'absmax', bits: 3, unit: 'group', groupSize: 64, scaleDtype: 'BF16' } as const;
  expect(switchQuantizer(spec, 'rtn')).toEqual({ ...spec, id: 'rtn' });
  expect(switchQuantizer(spec, 'f16')).toEqual({ id: 'f16' });
  expect(switchQuantizer({ id: 'f16' }, 'rtn')).toEqual({
    id: 'rtn',
    bits: 4,
    unit: 'group',
    groupSize: 128,
  });
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
});

test('scales add a group share of their bits, ragged groups included', () => {
  const weight = { channels: 10, inputs: 100 };
  expect(scaleBits('group', 32, 'F16', weight)).toBe((10 * 4 * 16) / 1000);
  expect(scaleBits('channel', 1, 'F32', weight)).toBe(0.32);
  expect(scaleBits('tensor', 1, 'F16', weight)).toBe(0.016);
  expect(scaleBits('group', 32, 'F16', { channels: 0, inputs: 0 })).toBe(0);
});

test('the scale dtype stays open until it is chosen, and a change of bits keeps it so', () => {
  expect(changeSpec({ id: 'rtn' }, { bits: 8 })).toEqual({ id: 'rtn', bits: 8, unit: 'group', groupSize: 128 });
  const chosen = changeSpec({ id: 'rtn' }, { scaleDtype: 'F32' });
  expect(chosen.scaleDtype).toBe('F32');
  expect(changeSpec(chosen, { bits: 3 }).scaleDtype).toBe('F32');
  expect('scaleDtype' in changeSpec(chosen, { scaleDtype: undefined })).toBe(false);
});

import { describe, expect, test } from 'vitest';
import type { PackedAffine, TensorSource } from '../../src/core/model/model.ts';
import type { QuantizeItem } from '../../src/protocol/worker.ts';
import { AFFINE_PRESETS, affineQuantizer } from '../kernels/support/affineQuantizer.ts';
import { allRows, EACH_SETTING, testWorker } from './support/testWorker.ts';
import { writeTensor } from './support/weightsFile.ts';

const NOTHING = new Float32Array(0);

function packed(channels: number, inputs: number): PackedAffine {
  const { data, view } = writeTensor(NOTHING, channels, inputs);
  const parts = { codes: data, scale: data, zero: data, zeroStorage: 'f32', groupIndex: null } as const;
  const codes = { codeStorage: 'stream', bits: 4, rowBytes: 0, unit: 'channel', groupSize: inputs } as const;
  return { kind: 'affine', view, ...parts, ...codes, roundTo: 'BF16' };
}

describe.each(EACH_SETTING)('tensors without elements ($name)', ({ backend, limits }) => {
  for (const [channels, inputs] of [
    [0, 5],
    [5, 0],
    [0, 0],
  ] as const) {
    const sources: [string, TensorSource][] = [
      ['raw', writeTensor(NOTHING, channels, inputs)],
      ['transposed', writeTensor(NOTHING, channels, inputs, { transposed: true })],
      ['packed', packed(channels, inputs)],
    ];
    test.each(sources)(`pass through every call: ${channels} × ${inputs}, %s`, async (_kind, source) => {
      const worker = await testWorker({ backend, limits });
      const common = { item: 0, source, rows: allRows(source) };
      const [scanned] = await worker.call('tensor/scan', [{ ...common, table: true, channels: true, sample: 7 }]);
      expect(scanned).toMatchObject({ elements: 0, table: { counts: new Float64Array(0) } });
      const [quantiles] = await worker.call('tensor/channel-quantiles', [common]);
      expect(quantiles?.low).toEqual(new Float32Array(channels).fill(Number.NaN));
      const [verified] = await worker.call('tensor/verify', [
        { ...common, saved: source, identical: false, nonFinite: 'refuse' },
      ]);
      expect(verified).toMatchObject({ identical: true, sums: { count: 0, squaredError: 0 } });
      for (const preset of AFFINE_PRESETS) {
        for (const unit of ['tensor', 'channel', 'group'] as const) {
          const quantizer = affineQuantizer(preset, 4, unit, unit === 'group' ? 32 : null, 'F16');
          const rest = {
            quantizer,
            roundTo: null,
            search: null,
            nonFinite: 'refuse',
            sums: 'full',
            targets: [],
          } as const;
          const item: QuantizeItem = { ...common, ...rest };
          const [measured] = await worker.call('tensor/quantize', [item]);
          expect(measured).toMatchObject({ saturatedScales: 0, sums: { count: 0, squaredError: 0, maxError: 0 } });
          const [histogram] = await worker.call('tensor/decoded-histogram', [{ ...item, bins: 3, low: -1, high: 1 }]);
          expect(histogram?.counts).toEqual(new Float64Array(3));
        }
      }
    });
  }
});

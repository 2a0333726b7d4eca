import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openCheckpointWithConfig } from '../../src/session/openCheckpoint.ts';
import { allRows, EACH_SETTING, testWorker } from './support/testWorker.ts';
import { floatBytes } from './support/weightsFile.ts';

const folder = fileURLToPath(new URL('../fixtures/packed', import.meta.url));

const GOLDEN = [
  ['nf4', 'NF4 block 64', 'BF16'],
  ['nf4-double', 'NF4 block 64 double', 'BF16'],
  ['fp4', 'FP4 block 64', 'BF16'],
  ['int8', 'INT8 channel', 'F32'],
] as const;

describe.each(EACH_SETTING)('packed checkpoints of bitsandbytes ($name)', ({ backend, limits }) => {
  test.each(GOLDEN)(
    '%s is opened as %s and decodes to what the library decodes it to',
    async (name, packing, dtype) => {
      const worker = await testWorker({ backend, limits });
      const path = join(folder, `bitsandbytes-${name}`);
      const { model } = await openCheckpointWithConfig(join(path, 'model.safetensors'));
      const dequantized = await openCheckpointWithConfig(join(path, 'dequantized.safetensors'));
      expect(model).toMatchObject({
        packedFormat: 'bitsandbytes',
        warnings: [],
        storedBytes: model.checkpoint.totalBytes,
      });
      expect(model.tensors).toHaveLength(12);
      expect(dequantized.model.tensors).toHaveLength(7);
      for (const expected of dequantized.model.tensors) {
        const packed = model.tensors.find((tensor) => tensor.name === expected.name)!;
        expect(packed).toMatchObject({ shape: expected.shape, dtype: 'BF16', packing, kind: 'linear', layer: 0 });
        const found = worker.read(packed.source);
        expect(floatBytes(found, dtype)).toEqual(floatBytes(worker.read(expected.source), dtype));
        const rows = { start: Math.floor(packed.view.channels / 2), end: packed.view.channels };
        expect(worker.read(packed.source, rows)).toEqual(found.subarray(rows.start * packed.view.inputs));
        const verify = {
          item: 0,
          source: expected.source,
          saved: packed.source,
          rows: allRows(packed.source),
        } as const;
        const [verified] = await worker.call('tensor/verify', [{ ...verify, identical: false, nonFinite: 'refuse' }]);
        expect(verified).toMatchObject({ identical: true, sums: { squaredError: 0, maxError: 0 } });
      }
    },
  );
});

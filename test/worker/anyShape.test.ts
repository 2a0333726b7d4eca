import { expect, test } from 'vitest';
import { decodeRuleOf, hasZero } from '../../src/core/quantizers/affineArithmetic.ts';
import { clipText } from '../../src/core/quantizers/clipRule.ts';
import type { QuantizeItem } from '../../src/protocol/worker.ts';
import { DEFAULT_LIMITS, type WorkerLimits } from '../../src/worker/limits.ts';
import { AFFINE_PRESETS, affineQuantizer } from '../kernels/support/affineQuantizer.ts';
import { CLIPPED_PRESETS, CLIPS } from '../kernels/support/clips.ts';
import { DISTRIBUTIONS, floatsOf, seeded } from '../kernels/support/seeded.ts';
import { expectedQuantization } from './support/expectedQuantization.ts';
import { affineParts, TargetFile } from './support/targets.ts';
import { allRows, testWorker } from './support/testWorker.ts';
import { writeTensor } from './support/weightsFile.ts';

const random = seeded(20);
const whole = (most: number): number => 1 + Math.floor(random() * most);
const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

function randomLimits(): WorkerLimits {
  return {
    ...DEFAULT_LIMITS,
    blockBytes: 8 * whole(200),
    tileElements: whole(200),
    rowElements: 8 + whole(200),
    transposedChannels: whole(20),
    transposedBytes: whole(4000),
    turnedBytes: whole(4000),
    writeBytes: whole(300),
  };
}

/* Shapes, groups, bits and blocks that nobody thought of. The seed is fixed, so a failure repeats. */
test.each(Array.from({ length: 150 }, (_, i) => i))(
  'random tensor %i has the codes and sums of the definition',
  async (seed) => {
    const [channels, inputs] = [whole(oneOf([3, 40])), whole(oneOf([5, 90, 800]))];
    const unit = oneOf(['tensor', 'channel', 'group'] as const);
    const bits = 1 + whole(7);
    const groupSize = unit === 'group' ? 1 + whole(oneOf([8, 130, 900])) : null;
    const preset = oneOf(AFFINE_PRESETS);
    const isClipped = unit !== 'tensor' && CLIPPED_PRESETS.includes(preset) && random() < 0.5;
    const quantizer = {
      ...affineQuantizer(preset, bits, unit, groupSize, oneOf(['F32', 'F16', 'BF16'])),
      ...(isClipped ? { clip: oneOf(Object.values(CLIPS)) } : {}),
    };
    const distribution = oneOf([
      DISTRIBUTIONS.normal,
      DISTRIBUTIONS.outliers,
      DISTRIBUTIONS.sparse,
      DISTRIBUTIONS.shifted,
    ]);
    // outliers of 1e6 would be infinite in F16
    const values = floatsOf(distribution as (random: () => number) => number, channels * inputs, seed).map(
      (x) => x / 100,
    );
    const dtype = oneOf(['F32', 'BF16', 'F16'] as const);
    const source = writeTensor(values, channels, inputs, { dtype, transposed: random() < 0.4 });
    const roundTo = oneOf([null, 'BF16', 'F16'] as const);
    const limits = randomLimits();
    const worker = await testWorker({ limits });
    const x = worker.read(source);

    const shape = source.data.shape;
    const file = new TargetFile([
      ...affineParts(source.view, quantizer, random() < 0.5),
      { name: 'values', dtype: roundTo ?? 'F32', shape, content: { kind: 'values' } },
    ]);
    const rest = {
      quantizer,
      roundTo,
      search: null,
      nonFinite: 'refuse',
      sums: 'full',
      targets: file.targets,
    } as const;
    const item: QuantizeItem = { item: 0, source, rows: allRows(source), ...rest };
    const [found] = await worker.call('tensor/quantize', [item]);
    const expected = expectedQuantization(x, channels, inputs, quantizer, roundTo);
    const what = `${quantizer.id} ${bits} ${clipText(quantizer.clip)} ${unit} ${groupSize}, ${channels} × ${inputs} ${dtype}, ${JSON.stringify(limits)}`;
    expect(found?.sums, what).toEqual(expected.sums);
    expect(worker.read({ ...source, data: file.stored('values') }), what).toEqual(expected.decoded);
    expect(file.isCleanBetween(), what).toBe(true);

    const codes = file.stored('codes');
    const hasZeros = hasZero(quantizer.rule);
    const packed = worker.read({
      kind: 'affine',
      view: { ...source.view, transposed: false },
      codes,
      codeStorage: 'stream',
      decode: decodeRuleOf(quantizer.rule),
      bits,
      rowBytes: codes.shape[1] as number,
      unit,
      groupSize: groupSize ?? inputs,
      scale: file.stored('scale'),
      zero: hasZeros ? file.stored('zero') : null,
      zeroStorage: hasZeros ? 'f32' : null,
      groupIndex: null,
      roundTo,
    });
    expect(packed, what).toEqual(expected.decoded);
  },
);

import { describe, expect, it } from 'vitest';
import { COMPARISON_SET } from '../../../src/core/quantizers/comparisonSet.ts';
import { describeQuantizer } from '../../../src/core/quantizers/describeQuantizer.ts';
import { QUANTIZER_IDS } from '../../../src/core/quantizers/presets.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';

describe('COMPARISON_SET', () => {
  it('resolves, each quantizer once', () => {
    const words = COMPARISON_SET.map((spec) => JSON.stringify(resolveQuantizer(spec)));
    expect(new Set(words).size).toBe(words.length);
  });

  it('names each by words of its own, so that rows of a table can be told apart', () => {
    const words = COMPARISON_SET.map((spec) => describeQuantizer(resolveQuantizer(spec)));
    expect(new Set(words).size).toBe(words.length);
  });

  it('has every quantizer that needs no values of the person and is no mere analysis', () => {
    const missing = QUANTIZER_IDS.filter((id) => !COMPARISON_SET.some((spec) => spec.id === id));
    expect(missing).toEqual(['levels', 'tf32', 'float:4,3']);
  });
});

import { describe, expect, test } from 'vitest';
import { figuresOf } from '../../../src/core/metrics/deriveFigures.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { instantFigures } from '../../../src/core/stats/instantFigures.ts';
import type { ValueTable } from '../../../src/core/stats/summary.ts';
import { summaryOf } from '../../../src/core/stats/summaryOf.ts';
import { type ClipEnds, clipEndsOf } from '../../../webview/tensor/clip/clipEnds.ts';
import { clipOf, keyClip, moveEnd } from '../../../webview/tensor/clip/steerClip.ts';

/** -2, -1, -0.5, 0, 0.5, 1, 4 in BF16. */
const TABLE: ValueTable = {
  kind: 'BF16',
  patterns: new Uint16Array([0x0000, 0x3f00, 0x3f80, 0x4080, 0xbf00, 0xbf80, 0xc000]),
  counts: new Float64Array([50, 20, 10, 3, 20, 10, 5]),
};
const SUMMARY = summaryOf('w', TABLE, null);

function endsOf(spec: QuantizerSpec): ClipEnds | null {
  const quantizer = resolveQuantizer(spec);
  return clipEndsOf(TABLE, SUMMARY, quantizer, instantFigures(TABLE, quantizer)?.search ?? null);
}

describe('the ends of a clip', () => {
  test('are one magnitude for symmetric rules, and the range for others', () => {
    expect(endsOf({ id: 'absmax', bits: 4, unit: 'tensor' })).toMatchObject({ low: -4, high: 4, isMirrored: true });
    expect(endsOf({ id: 'zero-point', bits: 4, unit: 'tensor' })).toMatchObject({
      low: -2,
      high: 4,
      isMirrored: false,
    });
  });

  test('follow the rule, and count what saturates at each of them', () => {
    const clipped = endsOf({ id: 'absmax', bits: 4, unit: 'tensor', clip: 'absolute:1' });
    expect(clipped).toMatchObject({ low: -1, high: 1, fullLow: -4, fullHigh: 4, below: 5, above: 3, count: 118 });
    const ends = endsOf({ id: 'zero-point', bits: 4, unit: 'tensor', clip: 'absolute:-0.5,4' });
    expect(ends).toMatchObject({ low: -0.5, high: 4, below: 15, above: 0 });
  });

  test('count together what the figures say is clipped, also where codes run backwards', () => {
    for (const id of ['absmax', 'absmax-full', 'zero-point', 'uniform', 'rtn'] as const) {
      const quantizer = resolveQuantizer({ id, bits: 3, unit: 'tensor', clip: 'absolute:0.75' });
      const instant = instantFigures(TABLE, quantizer);
      const ends = clipEndsOf(TABLE, SUMMARY, quantizer, instant?.search ?? null);
      const share = instant && figuresOf(instant.sums).clippedShare;
      expect(ends && ends.below + ends.above, id).toBe(Math.round((share ?? 0) * 118));
    }
  });

  test('are none for other units and quantizers', () => {
    expect(endsOf({ id: 'absmax', bits: 4, unit: 'channel' })).toBeNull();
    expect(endsOf({ id: 'lloyd-max', bits: 2 })).toBeNull();
    expect(endsOf({ id: 'f16' })).toBeNull();
  });
});

describe('a handle', () => {
  const ends: ClipEnds = {
    low: -1,
    high: 2,
    isMirrored: false,
    fullLow: -4,
    fullHigh: 4,
    below: 0,
    above: 0,
    count: 1,
  };

  test('moves both ends together, and one alone with Alt', () => {
    expect(moveEnd(ends, 'high', 1.5, false)).toEqual({ low: -0.5, high: 1.5 });
    expect(moveEnd(ends, 'high', 1.5, true)).toEqual({ low: -1, high: 1.5 });
    expect(moveEnd(ends, 'low', -2, false)).toEqual({ low: -2, high: 3 });
  });

  test('moves the one magnitude of a symmetric rule, whichever end is held', () => {
    const mirrored = { ...ends, low: -2, isMirrored: true };
    expect(moveEnd(mirrored, 'low', -1, false)).toEqual({ low: -1, high: 1 });
    expect(moveEnd(mirrored, 'low', 3, true).high).toBeGreaterThan(0);
    expect(moveEnd(mirrored, 'high', 9, false)).toEqual({ low: -4, high: 4 });
  });

  test('never passes the other end or the tensor', () => {
    const past = moveEnd(ends, 'low', 3, true);
    expect(past.low).toBeLessThan(past.high);
    expect(moveEnd(ends, 'low', -9, true)).toEqual({ low: -4, high: 2 });
  });

  test('writes the clip as specs spell it, rounded to what a pixel tells', () => {
    expect(clipOf({ low: -0.43312, high: 0.43312 }, { ...ends, isMirrored: true }, 0.002)).toBe('absolute:0.433');
    expect(clipOf({ low: -0.4, high: 0.25 }, ends, 0.01)).toBe('absolute:-0.4,0.25');
    expect(clipOf({ low: -4, high: 4 }, ends, 0.01)).toBe('none');
  });

  test('obeys the keyboard: a bin, ten with Shift or Page, the optimum, none', () => {
    const press = (key: string, shiftKey = false) => keyClip({ key, shiftKey }, 1, 0.1);
    expect(press('ArrowLeft')).toEqual({ to: 0.9 });
    expect(press('ArrowUp', true)).toEqual({ to: 2 });
    expect(press('PageDown')).toEqual({ to: 0 });
    expect([press('Home'), press('End'), press('a')]).toEqual(['mse', 'none', null]);
  });
});

import { expect, it } from 'vitest';
import { naturalLog } from '../../../src/core/numbers/naturalLog.ts';
import { seededRandom } from '../stats/support/samples.ts';

it('the natural logarithm is that of the engine to two units of the last place, and 0 of 1', () => {
  expect(naturalLog(1)).toBe(0);
  const random = seededRandom(7);
  for (let i = 0; i < 20000; i++) {
    const x = i % 2 === 0 ? 2 ** (2000 * (random() - 0.5)) : 0.5 + random();
    const expected = Math.log(x);
    expect(Math.abs(naturalLog(x) - expected)).toBeLessThanOrEqual(4.5e-16 * Math.abs(expected));
  }
});

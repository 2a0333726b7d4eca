import { expect, test } from 'vitest';
import { decodeF16, F16_MAX, F16_MIN_POSITIVE } from '../../../src/core/numbers/float16.ts';
import { storeF16 } from '../../../src/core/numbers/storeF16.ts';

test('every F16 is stored as itself', () => {
  for (let pattern = 0; pattern < 0x7c00; pattern++) {
    const value = decodeF16(pattern);
    if (storeF16(value) !== value) expect(storeF16(value)).toBe(value);
    if (storeF16(-value) !== -value) expect(storeF16(-value)).toBe(-value);
  }
});

test('a double between two F16 goes to the nearer, in the middle to the even one, in one rounding', () => {
  for (let pattern = 0; pattern < 0x7bff; pattern += 5) {
    const [below, above] = [decodeF16(pattern), decodeF16(pattern + 1)];
    const middle = (below + above) / 2;
    expect(storeF16(middle)).toBe(pattern % 2 === 0 ? below : above);
    // So close that F32 would round it to the middle first.
    const hair = (above - below) * 2 ** -20;
    expect(storeF16(middle - hair)).toBe(below);
    expect(storeF16(-(middle + hair))).toBe(-above);
  }
});

test('beyond the largest F16 it is stored, sign kept, and what is nearer to 0 than to the smallest is 0', () => {
  expect([65519, 65521, 1e30, -1e300, Number.POSITIVE_INFINITY].map(storeF16)).toEqual([
    F16_MAX,
    F16_MAX,
    F16_MAX,
    -F16_MAX,
    F16_MAX,
  ]);
  expect(storeF16(F16_MIN_POSITIVE * 0.51)).toBe(F16_MIN_POSITIVE);
  expect([F16_MIN_POSITIVE / 2, 1e-40, 5e-324, 0].map(storeF16)).toEqual([0, 0, 0, 0]);
});

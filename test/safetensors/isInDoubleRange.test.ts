import { describe, expect, it } from 'vitest';
import { isInDoubleRange } from '../../src/safetensors-js/header/isInDoubleRange.ts';

// Verdicts of the reference parser (Python package safetensors 0.8.0) on an ignored field with this number.
describe('isInDoubleRange', () => {
  it.each([
    '0',
    '-0.0',
    '1e308',
    '1.7976931348623156e308',
    `1${'0'.repeat(308)}`,
    `0.${'0'.repeat(400)}1e700`,
    '0e99999999999',
    '1e-99999999999',
    '123456789012345678901234567890e-400',
  ])('takes %s', (token) => expect(isInDoubleRange(token)).toBe(true));

  it.each([
    '1e309',
    '-1e309',
    // Finite as a double, but not on the reference's way to it.
    '1.7976931348623158e308',
    `17976931348623157${'0'.repeat(292)}`,
    `1${'0'.repeat(309)}`,
    '1e99999999999',
  ])('refuses %s', (token) => expect(isInDoubleRange(token)).toBe(false));
});

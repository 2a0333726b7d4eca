/** Magnitudes of the E2M1 codes 0..7 (FP4). Source: OCP Microscaling Formats (MX), revision 1.0. */
export const E2M1_MAGNITUDES = [0, 0.5, 1, 1.5, 2, 3, 4, 6] as const;

/** The value of a 4-bit E2M1 code: sign in bit 3, magnitude index below it. */
export function decodeE2M1(code: number): number {
  const magnitude = E2M1_MAGNITUDES[code & 7] as number;
  return code & 8 ? -magnitude : magnitude;
}

/** The value of an E8M0 scale, 2^(pattern - 127); 255 is NaN. Source: OCP Microscaling Formats (MX), revision 1.0. */
export function decodeE8M0(pattern: number): number {
  return pattern === 255 ? Number.NaN : 2 ** (pattern - 127);
}

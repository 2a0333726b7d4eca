/** How a tensor is packed, in short: `INT4 group 128`, `INT8 channel asymmetric`, `FP8 tensor`. */
export function packingWords(
  code: string,
  unit: 'tensor' | 'channel' | 'group' | 'block',
  groupSize: number,
  asymmetric = false,
): string {
  const slice = unit === 'group' || unit === 'block' ? `${unit} ${groupSize}` : unit;
  return `${code} ${slice}${asymmetric ? ' asymmetric' : ''}`;
}

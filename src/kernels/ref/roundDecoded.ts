import { roundToBF16 } from '../../core/numbers/bfloat16.ts';
import { roundToF16 } from '../../core/numbers/float16.ts';

/** The dtype to which a loader rounds x', or null where it keeps F32. */
export type RoundTo = 'BF16' | 'F16' | null;

/** x' as the loader computes it. Twin: wasm/roundDecoded.ts. */
export function roundDecoded(x: number, roundTo: RoundTo): number {
  if (roundTo === 'BF16') return roundToBF16(x);
  if (roundTo === 'F16') return roundToF16(x);
  return x;
}

import { SafetensorsError } from '../error.ts';

/** Decimal units, as the Hugging Face libraries read "5GB". */
const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/**
 * Bytes of a size such as `5GB`, `1.5 MB` or `1000`; a fraction of a byte is dropped.
 * @throws SafetensorsError `plan/bad-byte-size` for anything else, or for less than one byte
 */
export function parseByteSize(text: string): number {
  const [, number = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?b)?\s*$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNIT_BYTES[unit.toUpperCase()] ?? 0));
  if (number === '' || bytes < 1 || !Number.isSafeInteger(bytes)) {
    throw SafetensorsError.of('plan/bad-byte-size', { text });
  }
  return bytes;
}

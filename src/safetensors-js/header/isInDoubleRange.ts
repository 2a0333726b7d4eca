const U64_MAX = 2n ** 64n - 1n;
const I32_MAX = 2 ** 31 - 1;
/** Largest power of ten that is a double. */
const MOST_POWER = 308;
/** A number of so few characters and without an exponent is below 10^300. */
const SURELY_IN_RANGE = 300;

/**
 * Whether the reference's parser makes a finite double of a JSON number. Its parser (serde_json without
 * `float_roundtrip`) multiplies the leading digits by a power of ten and so overflows a hair below the largest double,
 * where `Number` does not: `1.7976931348623158e308` is refused. The steps here are its own (`de.rs`).
 */
export function isInDoubleRange(token: string): boolean {
  const mantissaEnd = token.search(/[eE]/);
  if (mantissaEnd < 0 && token.length <= SURELY_IN_RANGE) return true;
  const mantissa = mantissaEnd < 0 ? token : token.slice(0, mantissaEnd);
  const { significand, exponent } = readMantissa(mantissa.replace('-', ''));
  if (significand === 0n) return true;
  const stated = mantissaEnd < 0 ? 0 : Number(token.slice(mantissaEnd + 1));
  if (Math.abs(stated) > I32_MAX) return stated < 0;
  const power = exponent + stated;
  if (power < 0) return true;
  return power <= MOST_POWER && Number.isFinite(Number(significand) * Number(`1e${power}`));
}

/** The leading digits that fit in 64 bits, and the power of ten that they are multiplied by. */
function readMantissa(digits: string): { significand: bigint; exponent: number } {
  const [whole = '', fraction = ''] = digits.split('.');
  const leading = readDigits(whole, 0n);
  const exponent = whole.length - leading.used;
  const { significand, used } = readDigits(fraction, leading.significand);
  return { significand, exponent: exponent - used };
}

/** Appends digits for as long as 64 bits hold them. */
function readDigits(digits: string, before: bigint): { significand: bigint; used: number } {
  let significand = before;
  let used = 0;
  for (; used < digits.length; used++) {
    const next = significand * 10n + BigInt(digits.charCodeAt(used) - 0x30);
    if (next > U64_MAX) break;
    significand = next;
  }
  return { significand, used };
}

/**
 * Figures as the page shows them: decimal units, U+2212 minus, no-break space before units, separators of the display
 * language. Copies and exports do not come through here: they are plain and unrounded.
 */
const NO_BREAK_SPACE = '\u00a0';
const MINUS = '\u2212';
export const MISSING = '\u2014';
export const ESTIMATE = '\u2248';

let locale = 'en';

/** Takes the display language (`PageSettings.locale`). */
export function useLocale(tag: string): void {
  locale = Intl.NumberFormat.supportedLocalesOf([tag])[0] ?? 'en';
  formatters.clear();
}

const formatters = new Map<string, Intl.NumberFormat>();
function fixedFormatter(decimals: number): Intl.NumberFormat {
  const key = String(decimals);
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  formatters.set(key, made);
  return made;
}

/** A number with a fixed count of decimals; `null` is shown as "—". */
export function formatFixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  const text = fixedFormatter(decimals).format(value).replace('-', MINUS);
  return /[1-9]/.test(text) ? text : text.replace(MINUS, '');
}

export function formatInteger(value: number | null | undefined): string {
  return formatFixed(value, 0);
}

/** `digits` significant digits; e notation outside 1e-3 to 1e6. */
export function formatSignificant(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude < -3 || magnitude >= 6) return formatExponent(value, digits);
  return formatFixed(value, Math.max(0, digits - 1 - magnitude));
}

/** `6.50e−4`: `digits` significant digits. */
export function formatExponent(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  return `${formatFixed(Number(mantissa), digits - 1)}e${(exponent ?? '').replace('+', '').replace('-', MINUS)}`;
}

/** A share as percent: `46.7%`. */
export function formatPercent(share: number | null | undefined, decimals = 1): string {
  return share === null || share === undefined ? MISSING : `${formatFixed(share * 100, decimals)}%`;
}

export interface QuantityText {
  readonly value: string;
  readonly unit: string;
}

const BYTE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in decimal units: 2 decimals below 10 MB, 1 from there and for kB. */
export function splitBytes(bytes: number): QuantityText {
  let power = 0;
  while (power < BYTE_UNITS.length - 1 && bytes >= 1000 ** (power + 1)) power += 1;
  const scaled = bytes / 1000 ** power;
  const decimals = power === 0 ? 0 : power === 1 || scaled >= 10 ? 1 : 2;
  return { value: formatFixed(scaled, decimals), unit: BYTE_UNITS[power] ?? 'TB' };
}

export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return MISSING;
  const { value, unit } = splitBytes(bytes);
  return value + NO_BREAK_SPACE + unit;
}

/** `124.4 M`, `7.24 B`; exact below a thousand. */
export function formatParameters(count: number): string {
  const units = ['', 'k', 'M', 'B', 'T'] as const;
  let power = 0;
  while (power < units.length - 1 && count >= 1000 ** (power + 1)) power += 1;
  if (power === 0) return formatInteger(count);
  const scaled = count / 1000 ** power;
  return formatFixed(scaled, scaled >= 10 ? 1 : 2) + NO_BREAK_SPACE + units[power];
}

/** Seconds: 2 decimals below 10 s, 1 below a minute, then minutes and seconds. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${formatFixed(seconds, seconds < 10 ? 2 : 1)}${NO_BREAK_SPACE}s`;
  const whole = Math.round(seconds);
  return `${formatInteger(Math.floor(whole / 60))}${NO_BREAK_SPACE}min ${whole % 60}${NO_BREAK_SPACE}s`;
}

/** `768 × 2304`; a scalar has an empty shape. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}

/** Decimals that give the median of a column three significant digits. */
export function decimalsForMedian(values: readonly number[]): number {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  if (median === undefined) return 3;
  return Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(median))));
}

import type { Figures } from '../metrics/figures.ts';

/** What stands where a figure is undefined or was not measured. */
export const MISSING = '\u2014';
/** Before a figure that is an estimate. */
export const ESTIMATE = '\u2248';

/** The word for "no error at all", which has no decibels. */
export interface FigureWords {
  readonly exact: string;
}

/** The signs around numbers. */
export interface FigureMarks {
  readonly minus: string;
  readonly times: string;
  /** Between a number and its unit. */
  readonly space: string;
  readonly missing: string;
  readonly estimate: string;
}

/** For pages: U+2212, since a hyphen is too short beside tabular digits, and spaces that do not break. */
export const TYPOGRAPHIC_MARKS: FigureMarks = {
  minus: '\u2212',
  times: '\u00d7',
  space: '\u00a0',
  missing: MISSING,
  estimate: ESTIMATE,
};

/** For terminals, whose text goes on into other tools. */
export const PLAIN_MARKS: FigureMarks = { minus: '-', times: 'x', space: ' ', missing: '-', estimate: '~' };

/** dB decimals by place: heat map, tables, verification. */
export const DECIBEL_DIGITS = { map: 1, table: 2, verification: 4 } as const;

const UNITS = [
  { symbol: 'TB', bytes: 1e12 },
  { symbol: 'GB', bytes: 1e9 },
  { symbol: 'MB', bytes: 1e6 },
  { symbol: 'kB', bytes: 1e3 },
] as const;

const COUNT_UNITS = [
  { symbol: 'T', value: 1e12 },
  { symbol: 'B', value: 1e9 },
  { symbol: 'M', value: 1e6 },
  { symbol: 'k', value: 1e3 },
] as const;

/**
 * Figures as people read them, in the separators of a language. One place for how many digits each kind of figure has;
 * `null` (undefined, not measured) is "—". For exports and copies use `plainNumber`.
 */
export class FigureText {
  readonly #locale: string;
  readonly #words: FigureWords;
  readonly #marks: FigureMarks;
  readonly #formats = new Map<string, Intl.NumberFormat>();

  /** @param locale BCP 47 tag of the display language; @throws RangeError for a malformed one */
  constructor(locale: string, words: FigureWords = { exact: 'exact' }, marks: FigureMarks = TYPOGRAPHIC_MARKS) {
    this.#locale = locale;
    this.#words = words;
    this.#marks = marks;
  }

  /** A whole number with separators: `1,253,392`. */
  count(value: number | null): string {
    return this.decimals(value, 0);
  }

  /** A number with a fixed count of decimals. */
  decimals(value: number | null, digits: number): string {
    return this.#format(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  /** A weight, an edge of a range, a statistic: `digits` significant ones, in e notation far from 1. */
  value(value: number | null, digits = 4): string {
    if (value === null) return this.#marks.missing;
    const magnitude = Math.abs(value);
    if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6)) return this.scientific(value, digits);
    return this.#format(value, { maximumSignificantDigits: digits });
  }

  /** `6.50e−4`: `digits` significant digits in e notation. */
  scientific(value: number | null, digits = 3): string {
    if (value === null || !Number.isFinite(value)) return this.#marks.missing;
    if (value === 0) return this.decimals(0, 0);
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
    return `${this.decimals(Number(mantissa), digits - 1)}e${exponent.replace('+', '').replace('-', this.#marks.minus)}`;
  }

  /** Bytes in decimal units: 2 decimals below 10 MB, 1 from there and for kB. */
  bytes(bytes: number | null): string {
    return bytes === null
      ? this.#marks.missing
      : `${this.#bytesNumber(bytes)}${this.#marks.space}${unitOf(bytes)?.symbol ?? 'B'}`;
  }

  /** `150,324,112 B`, where the bytes are the point. */
  exactBytes(bytes: number | null): string {
    return bytes === null ? this.#marks.missing : `${this.count(bytes)}${this.#marks.space}B`;
  }

  /** `1.3 GB/s` */
  speed(bytesPerSecond: number | null): string {
    return bytesPerSecond === null ? this.#marks.missing : `${this.bytes(bytesPerSecond)}/s`;
  }

  /** Large counts in short: `124.4 M`. */
  shortCount(value: number | null): string {
    if (value === null) return this.#marks.missing;
    const unit = COUNT_UNITS.find((each) => Math.abs(value) >= each.value);
    return unit === undefined
      ? this.count(value)
      : `${this.decimals(value / unit.value, 1)}${this.#marks.space}${unit.symbol}`;
  }

  /** The SQNR without its unit: `17.89`; "exact" where there is no error. */
  decibels({ sqnrDb, exact }: Pick<Figures, 'sqnrDb' | 'exact'>, digits: number = DECIBEL_DIGITS.table): string {
    return exact ? this.#words.exact : this.decimals(sqnrDb, digits);
  }

  /** The SQNR with its unit: `17.89 dB`. */
  sqnr(figures: Pick<Figures, 'sqnrDb' | 'exact'>, digits: number = DECIBEL_DIGITS.table): string {
    const hasNumber = !figures.exact && figures.sqnrDb !== null;
    return this.decibels(figures, digits) + (hasNumber ? `${this.#marks.space}dB` : '');
  }

  /** Bits per weight: `4.50`. */
  bits(bitsPerWeight: number | null): string {
    return this.decimals(bitsPerWeight, 2);
  }

  /** Mean squared error: `6.50e−4`. */
  meanSquaredError(value: number | null): string {
    return this.scientific(value, 3);
  }

  cosine(value: number | null): string {
    return this.decimals(value, 5);
  }

  /** A share from 0 to 1 in percent. */
  percent(share: number | null, digits = 1): string {
    return this.#format(share, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  /** A relative change in percent, with its sign: `−46.7%`. */
  change(before: number, after: number): string {
    if (before === 0) return this.#marks.missing;
    const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
    return this.#format(after / before - 1, { style: 'percent', signDisplay: 'exceptZero', ...digits });
  }

  /** The clipped share of `count` weights: 2 decimals, below 0.01 % how many they are. */
  clipped(share: number | null, count: number): string {
    if (share === null) return this.#marks.missing;
    return share > 0 && share < 1e-4 ? this.count(Math.round(share * count)) : this.percent(share, 2);
  }

  /** `3.52×`: how many times smaller. */
  ratio(value: number | null): string {
    return value === null ? this.#marks.missing : `${this.decimals(value, 2)}${this.#marks.times}`;
  }

  /** `0.11 s`, `12.4 s`, `3 min 20 s`. */
  duration(seconds: number | null): string {
    if (seconds === null) return this.#marks.missing;
    if (seconds < 60) return `${this.decimals(seconds, seconds < 10 ? 2 : 1)}${this.#marks.space}s`;
    const whole = Math.round(seconds);
    return `${this.count(Math.floor(whole / 60))}${this.#marks.space}min ${whole % 60}${this.#marks.space}s`;
  }

  /** `768 × 2304`; a scalar is `1`. */
  shape(shape: readonly number[]): string {
    return shape.length === 0 ? '1' : shape.join(` ${this.#marks.times} `);
  }

  /** Marks a text as an estimate; what is missing stays so. */
  estimated(text: string): string {
    return text === this.#marks.missing ? text : `${this.#marks.estimate}${text}`;
  }

  #bytesNumber(bytes: number): string {
    const unit = unitOf(bytes);
    if (unit === undefined) return this.count(bytes);
    return this.decimals(bytes / unit.bytes, unit.symbol === 'MB' && bytes < 1e7 ? 2 : 1);
  }

  #format(value: number | null, options: Intl.NumberFormatOptions): string {
    if (value === null || !Number.isFinite(value)) return this.#marks.missing;
    const key = JSON.stringify(options);
    let format = this.#formats.get(key);
    if (format === undefined) {
      format = new Intl.NumberFormat(this.#locale, options);
      this.#formats.set(key, format);
    }
    const text = format.format(value);
    // What rounds to zero is zero: never "−0.00".
    return value <= 0 && !/[1-9]/.test(text) ? format.format(0) : text.replace('-', this.#marks.minus);
  }
}

/** What is rounded up to the next unit is shown in it: 999,999 B are 1.00 MB. */
function unitOf(bytes: number): (typeof UNITS)[number] | undefined {
  return UNITS.find((unit) => Math.abs(bytes) >= unit.bytes * 0.99995);
}

import { usageFailure } from './usageFailure.ts';

const SIZE_FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  KI: 2 ** 10,
  MI: 2 ** 20,
  GI: 2 ** 30,
  TI: 2 ** 40,
};

/** What was typed, read as what the command needs. Every reader throws Failure `usage/invalid` naming the flag. */
export class FlagValues {
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(positionals: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.positionals = positionals;
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Of these flags, those that were given. */
  given(names: readonly string[]): string[] {
    return names.filter((name) => this.has(name));
  }

  text(name: string): string | null {
    return this.#values.get(name)?.[0] ?? null;
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  choice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | null {
    const text = this.text(name);
    if (text === null) return null;
    const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    if (found === undefined) throw usageFailure(`--${name} cannot be ${text}. Allowed: ${choices.join(', ')}.`);
    return found;
  }

  wholeNumber(name: string, lowest: number, highest: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= lowest && number <= highest)) {
      throw usageFailure(`--${name} must be a whole number from ${lowest} to ${highest}, not ${text}.`);
    }
    return number;
  }

  number(name: string): number | null {
    const text = this.text(name);
    return text === null ? null : readNumber(name, text);
  }

  /** `LOW,HIGH` */
  range(name: string): { readonly low: number; readonly high: number } | null {
    const text = this.text(name);
    if (text === null) return null;
    const [low, high, ...rest] = text.split(',').map((part) => readNumber(name, part));
    if (low === undefined || high === undefined || rest.length > 0 || low >= high) {
      throw usageFailure(`--${name} must be LOW,HIGH with LOW below HIGH, such as -2,2, not ${text}.`);
    }
    return { low, high };
  }

  /** A size such as `500MB`, `5GB`, `2GiB` or plain bytes. */
  bytes(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const match = /^(\d+(?:\.\d+)?) ?([KMGT]i?)?B?$/i.exec(text);
    const factor = SIZE_FACTORS[(match?.[2] ?? '').toUpperCase()] ?? Number.NaN;
    const bytes = Math.floor(Number(match?.[1]) * factor);
    if (!(bytes > 0)) throw usageFailure(`--${name} must be a size such as 500MB, 5GB or 2GiB, not ${text}.`);
    return bytes;
  }
}

function readNumber(name: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) throw usageFailure(`--${name} needs a number, not ${text === '' ? 'nothing' : text}.`);
  return number;
}

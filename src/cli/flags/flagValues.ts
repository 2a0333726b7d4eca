import { isSafetensorsError, parseByteSize } from 'safetensors-js';
import { usageFailure } from './usageFailure.ts';

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

  /** A size such as `500MB`, `5GB` or plain bytes. */
  bytes(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    try {
      return parseByteSize(text);
    } catch (error) {
      if (!isSafetensorsError(error)) throw error;
      throw usageFailure(`--${name} must be a size such as 500MB or 5GB, not ${text}.`);
    }
  }
}

function readNumber(name: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) throw usageFailure(`--${name} needs a number, not ${text === '' ? 'nothing' : text}.`);
  return number;
}

import { isInDoubleRange } from './isInDoubleRange.ts';
import { JsonFault } from './jsonFault.ts';

/** Deepest nesting of objects and arrays, the root counted: serde_json's recursion limit of 128 refuses the 128th. */
export const MAX_DEPTH = 127;

const U64_MAX = 2n ** 64n - 1n;
const MOST_U64_DIGITS = 20;
/** Whole numbers of so many digits are below 2^53, so that adding up digits in a double is exact. */
const MOST_EXACT_DIGITS = 15;

/** Pieces of a string that are joined at once: a string of escapes alone can have millions. */
const MOST_PARTS = 4096;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NINE = 0x39;
const SPACE = 0x20;
const BYTE_ORDER_MARK = 0xfeff;

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/**
 * Walks a JSON text token by token. `JSON.parse` will not do: it takes `1.0` for 1, `1e999` for Infinity, lone
 * surrogates, any depth, repeated keys, and it rounds whole numbers above 2^53.
 */
export class JsonScanner {
  readonly text: string;
  /** Index of the next character to look at. */
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Skips space, tab, line feed and carriage return: nothing else is white space in JSON. */
  skipSpace(): void {
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== SPACE && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.at++;
    }
  }

  /** The next character after white space, not consumed; '' at the end. */
  peek(): string {
    this.skipSpace();
    return this.text.charAt(this.at);
  }

  /** Consumes the character, if it comes next after white space. */
  take(character: string): boolean {
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== character.charCodeAt(0)) return false;
    this.at++;
    return true;
  }

  /** @throws JsonFault unless the character comes next. */
  expect(character: string, expected = `"${character}"`): void {
    if (!this.take(character)) throw this.fault(expected);
  }

  /** @throws JsonFault unless nothing but white space follows. */
  expectEnd(): void {
    this.skipSpace();
    if (this.at < this.text.length) throw this.fault('the end');
  }

  /** After a member: true when another follows, false when `close` ended the object or array. */
  hasMore(close: '}' | ']'): boolean {
    if (this.take(',')) return true;
    this.expect(close, `"," or "${close}"`);
    return false;
  }

  /** Reads a string and the colon behind it. */
  readKey(): string {
    const key = this.readString();
    this.expect(':');
    return key;
  }

  /** Reads a string, its escapes resolved. @throws JsonFault */
  readString(): string {
    this.skipSpace();
    const { text } = this;
    const start = this.at + 1;
    if (text.charCodeAt(this.at) !== QUOTE) throw this.fault('a string');
    let at = start;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) return this.#readEscapedString(start, at);
      if (!(unit >= SPACE)) throw this.#badCharacter(at);
      at++;
    }
    this.at = at + 1;
    return text.slice(start, at);
  }

  /**
   * Reads an unsigned 64-bit integer written as digits only; above 2^53 - 1 it comes as a bigint.
   * Returns `null`, and consumes nothing, when something else stands there: `-0`, `1.0`, `1e0`, 2^64 are something else.
   */
  readUint64(): number | bigint | null {
    this.skipSpace();
    const { text } = this;
    const start = this.at;
    let at = start;
    let value = 0;
    let unit = text.charCodeAt(at);
    while (isDigit(unit)) {
      value = value * 10 + (unit - ZERO);
      unit = text.charCodeAt(++at);
    }
    const digits = at - start;
    const isPlain = digits === 1 || (digits > 1 && text.charCodeAt(start) !== ZERO);
    if (!isPlain || unit === 0x2e || unit === 0x65 || unit === 0x45 || digits > MOST_U64_DIGITS) return null;
    if (digits <= MOST_EXACT_DIGITS) {
      this.at = at;
      return value;
    }
    const exact = BigInt(text.slice(start, at));
    if (exact > U64_MAX) return null;
    this.at = at;
    return exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact;
  }

  /** Passes over any value, holding it to the grammar. `depth`: how many objects and arrays are open around it. */
  skipValue(depth: number): void {
    const next = this.peek();
    if (next === '"') this.readString();
    else if (next === '{') this.#skipObject(depth + 1);
    else if (next === '[') this.#skipArray(depth + 1);
    else if (!this.#skipWord('true') && !this.#skipWord('false') && !this.#skipWord('null')) this.#skipNumber();
  }

  /** Consumes `null`, if it comes next. */
  takeNull(): boolean {
    this.skipSpace();
    return this.#skipWord('null');
  }

  /** The fault that `expected` does not stand at the next character. */
  fault(expected: string): JsonFault {
    const isMark = this.at === 0 && this.text.charCodeAt(0) === BYTE_ORDER_MARK;
    return new JsonFault(isMark ? 'byte-order-mark' : 'not-json', this.at, expected);
  }

  #skipObject(depth: number): void {
    this.#open('{', depth);
    if (this.take('}')) return;
    do {
      this.readKey();
      this.skipValue(depth);
    } while (this.hasMore('}'));
  }

  #skipArray(depth: number): void {
    this.#open('[', depth);
    if (this.take(']')) return;
    do this.skipValue(depth);
    while (this.hasMore(']'));
  }

  #open(bracket: '{' | '[', depth: number): void {
    if (depth > MAX_DEPTH) throw new JsonFault('too-deep', this.at, `at most ${MAX_DEPTH} levels`);
    this.expect(bracket);
  }

  #skipWord(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  #skipNumber(): void {
    const start = this.at;
    if (this.text.charAt(this.at) === '-') this.at++;
    if (this.text.charAt(this.at) === '0') this.at++;
    else this.#skipDigits(this.at === start ? 'a value' : 'a digit');
    if (this.text.charAt(this.at) === '.') {
      this.at++;
      this.#skipDigits('a digit');
    }
    if (/[eE]/.test(this.text.charAt(this.at))) {
      this.at++;
      if (/[+-]/.test(this.text.charAt(this.at))) this.at++;
      this.#skipDigits('a digit');
    }
    if (isInDoubleRange(this.text.slice(start, this.at))) return;
    throw new JsonFault('number-too-large', start, 'a 64-bit float');
  }

  /** A regular expression would run out of its stack on a number of millions of digits. */
  #skipDigits(expected: string): void {
    const start = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
    if (this.at === start) throw this.fault(expected);
  }

  #readEscapedString(start: number, firstEscape: number): string {
    const { text } = this;
    let value = text.slice(start, firstEscape);
    let parts: string[] = [];
    let at = firstEscape;
    let plain = firstEscape;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) break;
      if (!(unit >= SPACE)) throw this.#badCharacter(at);
      if (unit !== BACKSLASH) {
        at++;
        continue;
      }
      this.at = at;
      parts.push(text.slice(plain, at), this.#readEscape());
      at = this.at;
      plain = at;
      if (parts.length >= MOST_PARTS) {
        value += parts.join('');
        parts = [];
      }
    }
    this.at = at + 1;
    return value + parts.join('') + text.slice(plain, at);
  }

  /** Reads the escape at `at`; a `\u` pair of surrogates is one. */
  #readEscape(): string {
    const simple = SIMPLE_ESCAPES.get(this.text.charAt(this.at + 1));
    if (simple !== undefined) {
      this.at += 2;
      return simple;
    }
    const start = this.at;
    const first = this.#readUnicodeEscape();
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
    const isPair = first < 0xdc00 && this.text.startsWith('\\u', this.at);
    const second = isPair ? this.#readUnicodeEscape() : 0;
    if (second < 0xdc00 || second > 0xdfff) throw new JsonFault('lone-surrogate', start, 'a surrogate pair');
    return String.fromCharCode(first, second);
  }

  #readUnicodeEscape(): number {
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (this.text.charAt(this.at + 1) !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) {
      throw new JsonFault('bad-escape', this.at, 'an escape');
    }
    this.at += 6;
    return Number.parseInt(digits, 16);
  }

  #badCharacter(at: number): JsonFault {
    if (at < this.text.length) return new JsonFault('control-character', at, 'an escape');
    return new JsonFault('not-json', at, 'the end of a string');
  }
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

import type { JsonValue } from '../model/model.ts';

/*
 * JSON with the place of every value, for messages that point at a line and for edits that leave the rest of a text
 * alone. Strict (RFC 8259), and stricter in one thing: a key may stand only once.
 */

interface Placed {
  /** Offsets in the text, end exclusive. */
  readonly start: number;
  readonly end: number;
}
export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly value: JsonNode;
}
export type JsonNode =
  | (Placed & { readonly kind: 'object'; readonly members: readonly JsonMember[] })
  | (Placed & { readonly kind: 'array'; readonly items: readonly JsonNode[] })
  | (Placed & { readonly kind: 'string'; readonly value: string })
  | (Placed & { readonly kind: 'number'; readonly value: number })
  | (Placed & { readonly kind: 'boolean'; readonly value: boolean })
  | (Placed & { readonly kind: 'null' });

/** A fault in the text, at an offset. */
export class JsonFault extends Error {
  readonly offset: number;
  constructor(offset: number, what: string) {
    super(what);
    this.name = 'JsonFault';
    this.offset = offset;
  }
}

/** Deeper nesting than any recipe or config.json has; bounds the recursion. */
const DEEPEST = 100;

export interface JsonDialect {
  /** Takes `NaN`, `Infinity` and `-Infinity`, which Python's json module writes into config.json. */
  readonly pythonNumbers?: boolean;
}

/** Parses a whole text. @throws JsonFault */
export function parsePositionedJson(text: string, dialect: JsonDialect = {}): JsonNode {
  const parser = new Parser(text, dialect.pythonNumbers ?? false);
  const node = parser.value(0);
  parser.end();
  return node;
}

/** The plain value of a node. */
export function plainValueOf(node: JsonNode): JsonValue {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key, plainValueOf(value)]));
    case 'array':
      return node.items.map(plainValueOf);
    case 'null':
      return null;
    default:
      return node.value;
  }
}

/** Line and column of an offset, both from 1. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

const PYTHON_NUMBER = /NaN|-?Infinity/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** JSON.parse checks escapes and control characters; here only the end of the string is found. */
const STRING = /"(?:[^"\\]|\\[\s\S])*"/y;
const SPACE = /[ \t\n\r]*/y;

class Parser {
  readonly #text: string;
  readonly #pythonNumbers: boolean;
  #at: number;

  constructor(text: string, pythonNumbers: boolean) {
    this.#text = text;
    this.#pythonNumbers = pythonNumbers;
    // A byte order mark is no part of the JSON; editors on Windows write one.
    this.#at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  value(depth: number): JsonNode {
    if (depth > DEEPEST) throw this.#fault('it is nested too deeply');
    this.#skipSpace();
    const start = this.#at;
    switch (this.#text[start]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return { kind: 'string', start, value: this.#string(), end: this.#at };
      case 't':
        return this.#word('true', { kind: 'boolean', value: true, start, end: start + 4 });
      case 'f':
        return this.#word('false', { kind: 'boolean', value: false, start, end: start + 5 });
      case 'n':
        return this.#word('null', { kind: 'null', start, end: start + 4 });
      default:
        return { kind: 'number', start, value: this.#number(), end: this.#at };
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#fault('nothing may follow the value');
  }

  #object(depth: number): JsonNode {
    const start = this.#at++;
    const members: JsonMember[] = [];
    const keys = new Set<string>();
    this.#skipSpace();
    if (this.#take('}')) return { kind: 'object', members, start, end: this.#at };
    do {
      this.#skipSpace();
      const keyStart = this.#at;
      if (this.#text[keyStart] !== '"') throw this.#fault('a key in double quotes is expected here');
      const key = this.#string();
      if (keys.has(key)) throw new JsonFault(keyStart, `"${key}" stands twice`);
      keys.add(key);
      this.#skipSpace();
      if (!this.#take(':')) throw this.#fault('":" is expected here');
      members.push({ key, keyStart, value: this.value(depth + 1) });
      this.#skipSpace();
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#fault('"," or "}" is expected here');
    return { kind: 'object', members, start, end: this.#at };
  }

  #array(depth: number): JsonNode {
    const start = this.#at++;
    const items: JsonNode[] = [];
    this.#skipSpace();
    if (this.#take(']')) return { kind: 'array', items, start, end: this.#at };
    do {
      items.push(this.value(depth + 1));
      this.#skipSpace();
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#fault('"," or "]" is expected here');
    return { kind: 'array', items, start, end: this.#at };
  }

  #string(): string {
    const start = this.#at;
    const literal = this.#match(STRING);
    if (literal === null) throw this.#fault('this string has no end');
    try {
      return JSON.parse(literal) as string;
    } catch {
      throw new JsonFault(start, 'this string holds a character or an escape that JSON does not allow');
    }
  }

  #number(): number {
    const start = this.#at;
    const python = this.#pythonNumbers ? this.#match(PYTHON_NUMBER) : null;
    if (python !== null) return Number(python);
    const literal = this.#match(NUMBER);
    if (literal === null)
      throw this.#fault(start < this.#text.length ? 'a value is expected here' : 'the text ends early');
    const value = Number(literal);
    if (!Number.isFinite(value)) throw new JsonFault(start, 'this number is too large');
    return value;
  }

  #word(word: string, node: JsonNode): JsonNode {
    if (!this.#text.startsWith(word, this.#at)) throw this.#fault('a value is expected here');
    this.#at += word.length;
    return node;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #fault(what: string): JsonFault {
    return new JsonFault(this.#at, what);
  }
}

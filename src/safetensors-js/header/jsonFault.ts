/** Why a text is not JSON as RFC 8259 and the reference parser have it. */
export type JsonFaultKind =
  | 'not-json'
  | 'too-deep'
  | 'number-too-large'
  | 'control-character'
  | 'bad-escape'
  | 'lone-surrogate'
  | 'byte-order-mark';

/** Thrown by the scanner; whoever scans turns it into an error with its own code. */
export class JsonFault extends Error {
  readonly kind: JsonFaultKind;
  /** Index into the text, in UTF-16 units. */
  readonly at: number;
  /** What was expected there. */
  readonly expected: string;

  constructor(kind: JsonFaultKind, at: number, expected: string) {
    super(`${kind} at ${at}: ${expected} expected`);
    this.kind = kind;
    this.at = at;
    this.expected = expected;
  }
}

/** What stands at an index of a JSON text, in a few words for a message. */
export function describeAt(text: string, at: number): string {
  const character = text.charAt(at);
  if (character === '') return 'the end of the text';
  if (character === '"') return 'a string';
  if (character === '{') return 'an object';
  if (character === '[') return 'an array';
  const token = /^[-+.\w]{1,24}/.exec(text.slice(at, at + 24))?.[0];
  if (token !== undefined) return token;
  const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return /[\p{L}\p{P}\p{S}]/u.test(character) ? `"${character}"` : `U+${code}`;
}

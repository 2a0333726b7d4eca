import { SAFETENSORS_TEXTS, type SafetensorsCode } from './errorTexts.ts';

type PlaceholdersOf<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PlaceholdersOf<Rest>
  : never;

/** The arguments that the text of a code names, plus the file, which the layer that knows it adds. */
export type SafetensorsArgs<Code extends SafetensorsCode> = Readonly<
  Record<PlaceholdersOf<(typeof SAFETENSORS_TEXTS)[Code]>, string | number>
> & { readonly file?: string };

/**
 * Every expected fault of this package. Test `code`, show `message`, translate from `code` and `args`.
 * Across bundles recognise it by `name === 'SafetensorsError'`, since each bundle has its own copy of the class.
 */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
  readonly code: SafetensorsCode;
  readonly args: Readonly<Record<string, string | number>>;

  private constructor(code: SafetensorsCode, args: Readonly<Record<string, string | number>>, cause: unknown) {
    super(englishOf(code, args), cause === undefined ? undefined : { cause });
    this.code = code;
    this.args = args;
  }

  /** Makes the error of a code; the compiler asks for exactly the arguments that its text names. */
  static of<Code extends SafetensorsCode>(code: Code, args: SafetensorsArgs<Code>, cause?: unknown): SafetensorsError {
    return new SafetensorsError(code, args, cause);
  }

  /** The same fault with the file it was met in; an error that already names a file keeps it. */
  inFile(file: string): SafetensorsError {
    if (this.args.file !== undefined) return this;
    return new SafetensorsError(this.code, { ...this.args, file }, this.cause);
  }
}

/** True for an error of this package, from whichever bundle's copy of the class. */
export function isSafetensorsError(error: unknown): error is SafetensorsError {
  return error instanceof Error && error.name === 'SafetensorsError' && 'code' in error && 'args' in error;
}

/** A name in a broken file can be as long as the file; a message cannot. */
const LONGEST_ARGUMENT = 200;

/** English text of a code: "file: what is wrong, where, and what to do". */
export function englishOf(code: SafetensorsCode, args: Readonly<Record<string, string | number>>): string {
  return fillErrorText(SAFETENSORS_TEXTS[code], args);
}

/**
 * The text of an error in another language: `template` translates `SAFETENSORS_TEXTS[code]` and keeps its names in braces.
 * Arguments are shortened and made harmless to show; the file, if known, stands before the text.
 */
export function fillErrorText(template: string, args: Readonly<Record<string, string | number>>): string {
  const filled = template.replace(/\{(\w+)\}/g, (_match, name: string) => showable(String(args[name] ?? '?')));
  const file = args.file;
  return file === undefined || template.includes('{file}') ? filled : `${file}: ${filled}`;
}

function showable(value: string): string {
  const shown = value.length <= LONGEST_ARGUMENT ? value : `${value.slice(0, LONGEST_ARGUMENT)}…`;
  // Control and direction characters of a hostile name would steer the terminal that shows it.
  return shown.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

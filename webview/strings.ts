import { ENGLISH, type StringKey } from './strings.en.ts';

export type { StringKey } from './strings.en.ts';

let table: Readonly<Record<string, string>> = ENGLISH;

/** Takes the strings of the display language, from the answer to `page/ready`; a missing key stays English. */
export function useStrings(strings: Readonly<Record<string, string>>): void {
  table = { ...ENGLISH, ...strings };
}

/** The text of a key with `{name}` places filled. */
export function t(key: StringKey, args: Readonly<Record<string, string | number>> = {}): string {
  const text = table[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(args[name] ?? place));
}

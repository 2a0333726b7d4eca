import { PAGE_STRINGS, type PageStringKey } from '../src/protocol/pageStrings.ts';

export type StringKey = PageStringKey;

let table: Readonly<Record<string, string>> = PAGE_STRINGS;

/** Takes the strings of the display language, from the answer to `page/ready`; a missing key stays English. */
export function useStrings(strings: Readonly<Record<string, string>>): void {
  table = { ...PAGE_STRINGS, ...strings };
}

/** The text of a key with `{name}` places filled. */
export function t(key: StringKey, args: Readonly<Record<string, string | number>> = {}): string {
  return (table[key] ?? key).replace(/\{(\w+)\}/g, (place, name: string) => String(args[name] ?? place));
}

/** True for keys of the table: codes that a host sends may have words here. */
export function hasString(key: string): key is StringKey {
  return Object.hasOwn(PAGE_STRINGS, key);
}

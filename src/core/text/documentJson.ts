/** `meanSquaredError` → `mean_squared_error`, at the level of types. */
type SnakeCase<Key extends string> = Key extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Key;

/**
 * What a document looks like in its JSON: the same values, every key in snake case. Who reads a report back reads it as
 * `JsonOf<QuantizeDocument>`.
 */
export type JsonOf<Document> = Document extends readonly (infer Item)[]
  ? readonly JsonOf<Item>[]
  : Document extends object
    ? { readonly [Key in keyof Document as Key extends string ? SnakeCase<Key> : Key]: JsonOf<Document[Key]> }
    : Document;

/**
 * The JSON text of a document of `protocol/documents.ts` or of a report: keys in snake case, as recipes and scripts spell
 * them, indented by 2, with a line break at the end.
 * @param replace what stands in the text in place of a value, by its key in the JSON
 */
export function documentJson(document: object, replace?: (key: string, value: unknown) => unknown): string {
  return `${JSON.stringify(withSnakeKeys(document), replace, 2)}\n`;
}

function withSnakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSnakeKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [snakeCase(key), withSnakeKeys(each)]));
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

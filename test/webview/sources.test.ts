import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PAGE_STRINGS } from '../../src/protocol/pageStrings.ts';

const root = fileURLToPath(new URL('../../webview/', import.meta.url));
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** Files in which a pattern stands. */
const filesWith = (pattern: RegExp): string[] =>
  sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

test('nothing is parsed as HTML or run from text, and no style attribute is set', () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(filesWith(/\.(innerHTML|outerHTML|insertAdjacentHTML|srcdoc)\b|\beval\(|new Function\(/)).toEqual([]);
  expect(filesWith(/setAttribute\('style'|cssText|attributes: \{[^}]*style:/)).toEqual([]);
});

test('the toolkit has one importer', () => {
  expect(filesWith(/@vscode\/webview-ui-toolkit'/)).toEqual(['toolkit.ts']);
});

/** Keys that are put together from an id. */
const COMPOSED = /^(metric|keep|tab|figures|export\.step|export\.content)\./;

test('every text of the page is used', () => {
  const all = sources.map(({ text }) => text).join('\n');
  const unused = Object.keys(PAGE_STRINGS).filter((key) => !COMPOSED.test(key) && !all.includes(`'${key}'`));
  expect(unused).toEqual([]);
});

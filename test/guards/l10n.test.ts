import { describe, expect, test } from 'vitest';
import { bundleText, collectTexts, readTranslations } from '../../scripts/l10n.mjs';
import { listFiles, readText } from './support/sourceFiles.ts';

const texts = collectTexts();
const english = JSON.parse(readText('package.nls.json')) as Record<string, string>;
const manifests = listFiles().filter((path) => /^package\.nls\.[\w-]+\.json$/.test(path));

/** What a translation must keep: names in braces, links to commands, code. */
function fixedParts(text: string): string[] {
  return (text.match(/\{\w+\}|\(command:[\w.]+\)|`[^`]+`|--[a-z-]+/g) ?? []).sort();
}

/** Pairs of a text and its translation that differ in what must stay. */
function broken(pairs: readonly (readonly [string, string | undefined])[]): unknown[] {
  return pairs.filter(([text, translation]) => `${fixedParts(text)}` !== `${fixedParts(translation ?? '')}`);
}

test('the English bundle holds what the extension looks up: `npm run l10n` brings it up to date', () => {
  expect(texts.length).toBeGreaterThan(400);
  expect(readText('l10n/bundle.l10n.json')).toBe(bundleText());
});

describe.each([...readTranslations()])('%s', (_name, translation) => {
  test('translates every text and no other', () => {
    expect(texts.filter((text) => !translation[text])).toEqual([]);
    expect(Object.keys(translation).filter((text) => !texts.includes(text))).toEqual([]);
  });

  test('keeps the places for arguments and the flags that texts name', () => {
    expect(broken(texts.map((text) => [text, translation[text]]))).toEqual([]);
  });
});

describe.each(manifests)('%s', (path) => {
  const translation = JSON.parse(readText(path)) as Record<string, string>;

  test('translates every text of the manifest and no other', () => {
    expect(Object.keys(translation)).toEqual(Object.keys(english));
  });

  test('keeps links to commands and code', () => {
    expect(broken(Object.entries(english).map(([key, text]) => [text, translation[key]]))).toEqual([]);
  });
});

test('there is a translation of both kinds in the same languages', () => {
  const languages = (names: readonly string[], pattern: RegExp) => names.map((name) => pattern.exec(name)?.[1]).sort();
  expect(manifests.length).toBeGreaterThan(0);
  expect(languages(manifests, /^package\.nls\.(.+)\.json$/)).toEqual(
    languages([...readTranslations().keys()], /^bundle\.l10n\.(.+)\.json$/),
  );
});

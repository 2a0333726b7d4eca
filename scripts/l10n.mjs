/**
 * `npm run l10n`: collects every text that the extension shows into `l10n/bundle.l10n.json`, which translators copy to
 * `l10n/bundle.l10n.LANGUAGE.json`. Says what each translation lacks or has without need. A guard test runs the same.
 *
 * Texts come from calls of `vscode.l10n.t` with a literal, and from the tables below, whose values such calls are given.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHECKPOINT_WARNING_TEXTS, SAFETENSORS_TEXTS } from 'safetensors-js';
import { FAILURE_TEXTS } from '../src/core/failure.ts';
import { PROBLEM_TEXTS } from '../src/core/formats/formatProblem.ts';
import { PACKED_FORMATS } from '../src/core/formats/registry.ts';
import { GPU_TEXTS } from '../src/core/text/gpuTexts.ts';
import { PAGE_STRINGS } from '../src/protocol/pageStrings.ts';
import { root } from './setup.mjs';

const sources = join(root, 'src', 'extension');
const bundles = join(root, 'l10n');
const bundleFile = join(bundles, 'bundle.l10n.json');

/** The first arguments of `vscode.l10n.t` that are no literals, and what they may be. */
const TABLES = new Map([
  ['FAILURE_TEXTS', Object.values(FAILURE_TEXTS)],
  ['GPU_TEXTS', Object.values(GPU_TEXTS)],
  ['PROBLEM_TEXTS', Object.values(PROBLEM_TEXTS)],
  ['SAFETENSORS_TEXTS', Object.values(SAFETENSORS_TEXTS)],
  ['CHECKPOINT_WARNING_TEXTS', Object.values(CHECKPOINT_WARNING_TEXTS)],
  ['summary', PACKED_FORMATS.map(({ summary }) => summary)],
  ['loader', PACKED_FORMATS.flatMap(({ loaders }) => loaders)],
  ['text', Object.values(PAGE_STRINGS)],
]);

const CALL = /\bl10n\.t\(\s*(?:'((?:[^'\\]|\\.)*)'|([\w.[\]]+))/g;

/**
 * Every text that is looked up in a bundle, in English, sorted.
 * @returns {string[]}
 * @throws Error for a call whose first argument is neither a literal nor of a known table
 */
export function collectTexts() {
  const texts = new Set();
  for (const file of typescriptFiles(sources)) {
    const code = readFileSync(file, 'utf8');
    const calls = code.split(/\bl10n\.t\(/).length - 1;
    const matches = [...code.matchAll(CALL)];
    if (matches.length !== calls) throw new Error(`${file} has a call of l10n.t that cannot be read`);
    for (const [, literal, expression = ''] of matches) {
      const found = literal === undefined ? TABLES.get(expression.split(/[.[]/)[0] ?? '') : [unescaped(literal)];
      if (found === undefined) throw new Error(`${file}: the texts of l10n.t(${expression}) are not known`);
      for (const text of found) texts.add(text);
    }
  }
  return [...texts].sort();
}

/** @param {string} folder @returns {string[]} */
function typescriptFiles(folder) {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return entries.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

/** @param {string} literal what stands between single quotes */
function unescaped(literal) {
  return literal.replace(/\\(.)/g, '$1');
}

/**
 * The bundles in other languages, by file name.
 * @returns {Map<string, Record<string, string>>}
 */
export function readTranslations() {
  const names = readdirSync(bundles).filter((name) => /^bundle\.l10n\..+\.json$/.test(name));
  return new Map(names.sort().map((name) => [name, JSON.parse(readFileSync(join(bundles, name), 'utf8'))]));
}

/** The text of `l10n/bundle.l10n.json` as it ought to be. @returns {string} */
export function bundleText() {
  return `${JSON.stringify(Object.fromEntries(collectTexts().map((text) => [text, text])), null, 2)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(bundleFile, bundleText());
  const texts = collectTexts();
  console.log(`${texts.length} texts`);
  for (const [name, translation] of readTranslations()) {
    for (const text of texts) if (!(text in translation)) console.log(`${name} lacks: ${text}`);
    for (const text of Object.keys(translation))
      if (!texts.includes(text)) console.log(`${name} has no use for: ${text}`);
  }
}

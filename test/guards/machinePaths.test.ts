import { expect, test } from 'vitest';
import { listFiles, readText } from './support/sourceFiles.ts';

const TEXT = /\.(ts|mjs|cjs|js|json|md|html|css|svg|yml|yaml|sh)$|(^|\/)(\.ci\/run|LICENSE|\.[a-z]+ignore)$/;

/** Folders of somebody's machine, written so that this file does not match itself. */
const MACHINE_PATH = new RegExp(
  `(?<![\\w.~$}/-])/(?:${['work', 'farm', 'root', 'tmp', 'home', 'Users'].join('|')})/[\\w.-]+`,
  'g',
);

const textFiles = listFiles().filter((path) => TEXT.test(path));

test('no text file of the repository names a folder of one machine', () => {
  expect(textFiles.length).toBeGreaterThan(50);
  const found = textFiles.flatMap((path) =>
    (readText(path).match(MACHINE_PATH) ?? []).map((text) => `${path}: ${text}`),
  );
  expect(found).toEqual([]);
});

test('lock files name no registry but the public one', () => {
  const locks = listFiles().filter((path) => path.endsWith('package-lock.json'));
  expect(locks.length).toBeGreaterThan(0);
  const resolved = locks.flatMap((path) =>
    [...readText(path).matchAll(/"resolved": "([^"]+)"/g)].map((match) => match[1]),
  );
  const foreign = resolved.filter((url) => !/^(https:\/\/registry\.npmjs\.org\/|src\/)/.test(url ?? ''));
  expect(foreign).toEqual([]);
});

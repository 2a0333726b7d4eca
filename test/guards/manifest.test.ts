import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS, CONTEXT_KEYS, TREE_VIEW, VIEW_TYPE } from '../../src/extension/ids.ts';
import { SETTING_DEFAULTS } from '../../src/extension/settings.ts';
import { fileSize, listFiles, readText, repositoryRoot } from './support/sourceFiles.ts';

interface Manifest {
  dependencies?: Record<string, string>;
  main: string;
  bin: Record<string, string>;
  l10n?: string;
  contributes: {
    commands: { command: string }[];
    customEditors: { viewType: string }[];
    views: Record<string, { id: string }[]>;
    menus: Record<string, { command?: string; submenu?: string; when?: string }[]>;
    configuration: {
      properties: Record<string, { default: unknown; description?: string; markdownDescription?: string }>;
    };
    walkthroughs: {
      steps: { completionEvents?: string[]; media: { image?: unknown; svg?: string; markdown?: string } }[];
    }[];
  };
}

const manifestText = readText('package.json');
const manifest = JSON.parse(manifestText) as Manifest;
const { contributes } = manifest;
const strings = JSON.parse(readText('package.nls.json')) as Record<string, unknown>;
const commandIds = contributes.commands.map((each) => each.command).sort();

/** Most bytes that a minified bundle may have. They load at activation, or with every page. */
const BUNDLE_BUDGETS: Record<string, number> = {
  'dist/extension.cjs': 400_000,
  // With both workers inside.
  'dist/extension.web.cjs': 650_000,
  'dist/worker.cjs': 250_000,
  'dist/gpu.cjs': 100_000,
  'dist/cli.js': 400_000,
  // With the GPU worker inside.
  'dist/webview/page.js': 450_000,
  'dist/webview/page.css': 80_000,
};

describe('the manifest', () => {
  test('asks for no package at run time', () => {
    expect(manifest.dependencies ?? {}).toEqual({});
  });

  test('contributes exactly the commands that ids.ts declares', () => {
    expect(commandIds).toEqual(Object.values(COMMANDS).sort());
  });

  test('contributes commands that each have a handler', () => {
    const handlers = listFiles('src/extension/commands').map(readText).join('\n');
    const missing = Object.keys(COMMANDS).filter(
      (name) => !new RegExp(`^\\s+(async )?${name}[:(,]`, 'm').test(handlers),
    );
    expect(missing).toEqual([]);
  });

  test('uses in menus only commands and submenus that it contributes', () => {
    const inMenus = Object.values(contributes.menus)
      .flat()
      .flatMap((each) => each.command ?? []);
    expect(inMenus.length).toBeGreaterThan(0);
    expect(inMenus.filter((id) => !commandIds.includes(id))).toEqual([]);
  });

  test('uses in conditions only context keys that ids.ts declares', () => {
    const ours = [...manifestText.matchAll(/"(?:when|enablement)": "([^"]*)"/g)]
      .flatMap((match) => match[1]?.match(/\btensorLoupe\.\w+/g) ?? [])
      .filter((key) => !Object.values(CONTEXT_KEYS).includes(key as never));
    const viewsAndEditors = [...contributes.customEditors.map((each) => each.viewType), TREE_VIEW];
    expect(ours.filter((key) => !viewsAndEditors.includes(key))).toEqual([]);
  });

  test('contributes the editor and the tree that ids.ts names', () => {
    expect(contributes.customEditors.map((each) => each.viewType)).toContain(VIEW_TYPE);
    expect(
      Object.values(contributes.views)
        .flat()
        .map((each) => each.id),
    ).toContain(TREE_VIEW);
  });

  test('has a text for every %key% and no text without use', () => {
    const used = new Set([...manifestText.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? ''));
    expect([...used].filter((key) => !(key in strings))).toEqual([]);
    expect(Object.keys(strings).filter((key) => !used.has(key))).toEqual([]);
  });

  test('gives each setting the default of the defaults table, and a description', () => {
    const { properties } = contributes.configuration;
    const defaults = Object.entries(properties).map(([key, each]) => [key.replace(/^tensorLoupe\./, ''), each.default]);
    expect(Object.fromEntries(defaults)).toEqual(SETTING_DEFAULTS);
    const silent = Object.entries(properties).filter(([, each]) => !(each.description ?? each.markdownDescription));
    expect(silent.map(([key]) => key)).toEqual([]);
  });

  test('points only to files that exist', () => {
    const paths = [
      ...manifestText.matchAll(
        /"(?:icon|svg|markdown|path|url|image|dark|light|hc)": "((?:\.\/)?(?:media|dist|l10n|src)\/[^"]+)"/g,
      ),
    ];
    expect(paths.length).toBeGreaterThan(0);
    for (const [, path] of paths) expect(() => fileSize(path ?? ''), path).not.toThrow();
  });
});

describe('the bundles', () => {
  test.each(Object.entries(BUNDLE_BUDGETS))('%s stays below %i bytes', (path, budget) => {
    expect(fileSize(path)).toBeGreaterThan(1_000);
    expect(fileSize(path)).toBeLessThan(budget);
  });

  test('the command line starts with a shebang', () => {
    const start = readFileSync(join(repositoryRoot, manifest.bin.loupe ?? ''))
      .subarray(0, 20)
      .toString();
    expect(start).toBe('#!/usr/bin/env node\n');
  });
});

import { readFileSync } from 'node:fs';
import { isSafetensorsError, MemorySource, readHeader } from 'safetensors-js';
import { describe, expect, it } from 'vitest';

interface CorpusFile {
  readonly id: string;
  readonly change: string;
  readonly bytes: string;
  readonly verdict: {
    readonly accepted: boolean;
    readonly tensors?: readonly { name: string; dtype: string; shape: number[]; begin: number; end: number }[];
    readonly metadata?: Readonly<Record<string, string>> | null;
  };
  readonly may_refuse?: string;
}

/** Where we are stricter than the reference, on purpose: each code with the reason that the corpus gives for it. */
const STRICTER: Readonly<Record<string, string>> = {
  'header/duplicate-tensor': 'a key stands twice in one object',
  'metadata/duplicate-key': 'a key stands twice in one object',
  'tensor/not-an-object': 'a tensor entry is an array, not an object',
  'tensor/dtype-not-a-string': 'a dtype is an object, not a string',
  'tensor/dim-too-large': 'a dim beyond 2^53 - 1',
};

const corpusUrl = new URL('../fixtures/headers/corpus.json', import.meta.url);
const corpus = JSON.parse(readFileSync(corpusUrl, 'utf8')) as { files: readonly CorpusFile[] };

describe('the reference parser and ours', () => {
  it('has the whole corpus to agree on', () => {
    expect(corpus.files).toHaveLength(350);
  });

  it.each(corpus.files)('agree on $id: $change', async (file) => {
    const bytes = new Uint8Array(Buffer.from(file.bytes, 'base64'));
    const outcome = await readHeader(new MemorySource(bytes)).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      if (!isSafetensorsError(outcome)) throw outcome;
      const allowed = file.verdict.accepted ? STRICTER[outcome.code] : undefined;
      expect(allowed, outcome.message).toBe(file.verdict.accepted ? file.may_refuse : undefined);
      return;
    }
    const header = outcome as Awaited<ReturnType<typeof readHeader>>;
    expect(file.verdict.accepted, 'ours accepts what the reference refuses').toBe(true);
    const ours = header.tensors.map(({ name, dtype, shape, start, end }) => {
      return { name, dtype, shape, begin: start - header.dataStart, end: end - header.dataStart };
    });
    // Empty tensors at one offset stand in no particular order.
    const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
    expect(ours.sort(byName)).toEqual([...(file.verdict.tensors ?? [])].sort(byName));
    expect(header.metadata).toEqual(new Map(Object.entries(file.verdict.metadata ?? {})));
  });
});

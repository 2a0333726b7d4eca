import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from '../../src/core/recipes/parseRecipe.ts';
import type { JsonOf } from '../../src/core/text/documentJson.ts';
import type {
  FailureDocument,
  InspectDocument,
  MeasureDocument,
  QuantizeDocument,
  RecipesDocument,
  VerifyDocument,
} from '../../src/protocol/documents.ts';
import { GPT2, installLoupe, LLAMA } from './support/loupe.ts';

type Quantized = JsonOf<QuantizeDocument>;

const loupe = installLoupe();

it('recipes lists what comes with the program: names, plans, and files that are recipes', async () => {
  const { recipes } = await loupe.json<RecipesDocument>(['recipes']);
  const { stdout } = await loupe.run(['recipes']);
  expect(recipes.length).toBeGreaterThan(10);
  for (const { name, description, path } of recipes) {
    expect(parseRecipe(await readFile(path, 'utf8'), path)).toMatchObject({ description });
    expect(stdout).toContain(`${name} `);
    expect(stdout).toContain(description);
  }
});

it('--recipe takes a name: sizes, ratio and the error of every tensor and module, nothing written', async () => {
  const document = await loupe.json<JsonOf<MeasureDocument>>(['measure', GPT2, '--recipe', 'gpt2-small-int8-int4']);
  const words = new Map(document.tensors.map(({ name, quantizer }) => [name, quantizer]));
  expect(words.get('transformer.h.1.mlp.c_fc.weight')).toBe('absmax-full 8 channel');
  expect(words.get('transformer.h.2.mlp.c_fc.weight')).toBe('absmax-full 4 channel');
  expect(words.get('transformer.h.2.mlp.c_proj.weight')).toBe('absmax-full 8 channel');
  expect(words.get('transformer.wte.weight')).toBe('f16');
  const { stored_bytes, original_bytes, ratio } = document.totals;
  expect(stored_bytes).toBe(document.tensors.reduce((sum, tensor) => sum + tensor.stored_bytes, 0));
  expect(ratio).toBe(stored_bytes / original_bytes);
  const error = new Map(document.modules.map(({ path, figures }) => [path, figures.sqnr_db ?? Number.NaN]));
  expect(error.get('transformer.h.1')).toBeGreaterThan(error.get('transformer.h.2') ?? Number.NaN);
});

describe('a head of its own, where it was tied', () => {
  const flags = { head: ['--recipe', 'gpt2-int8-head'], linear: ['--kind', 'linear,head'] } as const;
  it.each([
    ['loupe', GPT2, flags.head, 'head'],
    ['loupe', GPT2, flags.head, 'head.safetensors'],
    ['dequantized', GPT2, flags.head, 'plain'],
    ['compressed-tensors', LLAMA, flags.linear, 'packed'],
  ] as const)('is saved in %s of %s and verified against the original', async (format, source, chosen, name) => {
    const out = join(loupe.folder, name);
    const command = ['quantize', source, ...chosen, '--format', format, '--out', out];
    const planned = await loupe.json<Quantized>([...command, '--dry-run']);
    const saved = await loupe.json<Quantized>(command);
    expect(saved.totals?.stored_bytes).toBe(planned.totals?.stored_bytes);
    expect(saved.verified).toBe(true);
    const before = await loupe.json<JsonOf<InspectDocument>>(['inspect', source]);
    const after = await loupe.json<JsonOf<InspectDocument>>(['inspect', out]);
    const heads = after.tensors.filter(({ kind }) => kind === 'head');
    expect(heads).toMatchObject([{ name: 'lm_head.weight' }]);
    expect(after.tensors).toHaveLength(before.tensors.length + 1);
    expect(after.stored_bytes).toBe(saved.totals?.stored_bytes);
    // The original stores no head: its bytes are not counted twice.
    expect(saved.totals?.original_bytes).toBe(before.stored_bytes);
    const verified = await loupe.json<JsonOf<VerifyDocument>>(['verify', out, '--against', source]);
    expect(verified).toMatchObject({ passed: true });
    expect(verified.totals.original_bytes).toBe(before.stored_bytes);
    if (name.endsWith('.safetensors')) return;
    const config = JSON.parse(await readFile(join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config.tie_word_embeddings).toBe(false);
  });

  it('has the errors of the embedding under the same quantizer', async () => {
    const measured = await loupe.json<JsonOf<MeasureDocument>>([
      ...[
        'measure',
        GPT2,
        '--quantizer',
        'absmax',
        '--include',
        'lm_head.weight',
        '--include',
        'transformer.wte.weight',
      ],
    ]);
    const found = new Map(measured.tensors.map(({ name, figures }) => [name, figures]));
    expect(found.get('lm_head.weight')?.sqnr_db).toBeGreaterThan(20);
    expect(found.get('lm_head.weight')).toEqual(found.get('transformer.wte.weight'));
  });
});

it('--recipe says what is near a name that it does not know', async () => {
  const failure = await loupe.json<FailureDocument>(['measure', GPT2, '--recipe', 'gpt2-int9'], 2);
  expect(failure).toMatchObject({ code: 'recipe/unknown', args: { name: 'gpt2-int9' } });
});

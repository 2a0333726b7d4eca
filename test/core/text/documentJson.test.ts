import { expect, expectTypeOf, it } from 'vitest';
import { documentJson, type JsonOf } from '../../../src/core/text/documentJson.ts';
import type { MeasureDocument } from '../../../src/protocol/documents.ts';

it('writes every key of a document in snake case, at any depth, and leaves values alone', () => {
  const document = {
    schema: 'x/1',
    tensors: [{ name: 'aB.weight', figures: { sqnrDb: 1.5, exact: false } }],
    none: null,
  };
  expect(JSON.parse(documentJson(document))).toEqual({
    schema: 'x/1',
    tensors: [{ name: 'aB.weight', figures: { sqnr_db: 1.5, exact: false } }],
    none: null,
  });
  expect(documentJson(document).endsWith('}\n')).toBe(true);
});

it('has types that name the keys of the JSON', () => {
  type Figures = JsonOf<MeasureDocument>['tensors'][number]['figures'];
  expectTypeOf<Figures['mean_squared_error']>().toEqualTypeOf<number | null>();
  expectTypeOf<JsonOf<MeasureDocument>['run']['peak_memory_bytes']>().toEqualTypeOf<number>();
});

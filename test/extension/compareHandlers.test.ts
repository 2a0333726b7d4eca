import { expect, test, vi } from 'vitest';
import { buildModel } from '../../src/core/model/buildModel.ts';
import { CompareHandlers } from '../../src/extension/editor/compareHandlers.ts';
import type { PageContext } from '../../src/extension/editor/pageContext.ts';
import type { Totals } from '../../src/protocol/documents.ts';
import type { MeasureOptions, SessionApi } from '../../src/session/api.ts';
import { checkpointOf } from '../core/model/checkpointOf.ts';

const MODEL = buildModel(
  checkpointOf([
    ['model.embed_tokens.weight', 'BF16', [64, 8]],
    ['model.norm.weight', 'BF16', [8]],
    ['model.layers.0.mlp.down_proj.weight', 'BF16', [8, 16]],
    ['model.layers.0.mlp.up_proj.weight', 'BF16', [16, 8]],
  ]),
  JSON.stringify({ model_type: 'llama' }),
);

/** Handlers over a session that measures what the test says. */
function setUp(measure: (options: MeasureOptions) => Promise<{ totals: Totals }>) {
  const send = vi.fn();
  const asked: MeasureOptions[] = [];
  const session = {
    model: MODEL,
    measure: (_plan: unknown, options: MeasureOptions) => {
      asked.push(options);
      return measure(options);
    },
  } as unknown as SessionApi;
  const handlers = new CompareHandlers({ checkpoint: () => ({ session }), send } as unknown as PageContext);
  return { handlers: handlers.handlers(), asked, send, dispose: () => handlers.dispose() };
}

const TOTALS = { ratio: 4 } as Totals;

test('every quantizer is measured over the linear weights, casts as well', async () => {
  const { handlers, asked } = setUp(async () => ({ totals: TOTALS }));
  for (const id of ['absmax', 'f16'] as const) {
    expect(await handlers['model/compare']({ spec: { id }, format: 'loupe' })).toEqual({ totals: TOTALS });
  }
  const linear = ['model.layers.0.mlp.down_proj.weight', 'model.layers.0.mlp.up_proj.weight'];
  expect(asked.map(({ names }) => [...(names ?? [])].sort())).toEqual([linear, linear]);
});

test('progress goes to the page until the comparison is cancelled, which answers without totals', async () => {
  const { handlers, send } = setUp(
    ({ stop, onProgress }) =>
      new Promise((_, reject) => {
        const progress = { doneTensors: 1, totalTensors: 2 } as Parameters<NonNullable<typeof onProgress>>[0];
        onProgress?.(progress);
        stop?.addEventListener('abort', () => {
          onProgress?.(progress);
          reject(new DOMException('stopped', 'AbortError'));
        });
      }),
  );
  const answer = handlers['model/compare']({ spec: { id: 'absmax' }, format: 'loupe' });
  await handlers['model/compare-cancel']({});
  expect(await answer).toEqual({ totals: null });
  expect(send.mock.calls).toEqual([['model/compare-progress', { done: 1, total: 2 }]]);
});

test('a failure reaches the page as one', async () => {
  const { handlers } = setUp(() => Promise.reject(new Error('the disk is gone')));
  await expect(handlers['model/compare']({ spec: { id: 'absmax' }, format: 'loupe' })).rejects.toThrow('disk is gone');
});

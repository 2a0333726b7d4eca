import { describe, expect, test, vi } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import { COMPARISON_SET } from '../../../src/core/quantizers/comparisonSet.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { PageChoices } from '../../../src/protocol/page.ts';
import { createCell } from '../../../webview/cell.ts';
import type { CompareSubject, MeasuredRow } from '../../../webview/compare/compareSubject.ts';
import { createComparer } from '../../../webview/compare/comparison.ts';
import type { Store } from '../../../webview/store.ts';

const figures = (sqnrDb: number): MeasuredRow => ({ figures: { sqnrDb } as MeasuredRow['figures'], bitsPerWeight: 4 });
const OWN: QuantizerSpec = { id: 'levels', levels: [-1, 0, 1] };

/** A comparer over a subject that measures what the test says. */
function setUp(
  measure: (spec: QuantizerSpec) => Promise<MeasuredRow | null>,
  readiness: 'ready' | 'when-asked' = 'ready',
) {
  const choices = createCell({
    spec: { id: 'absmax', bits: 4 },
    format: 'loupe',
    compare: [{ id: 'nf4' }, OWN, { id: 'f16' }],
  } as unknown as PageChoices);
  const store = {
    choices,
    choose: (change: Partial<PageChoices>) => choices.set({ ...choices.get(), ...change }),
    recipeFile: null,
    model: { formatDefaults: { loupe: [] } },
  } as unknown as Store;
  const stop = vi.fn();
  const subject: CompareSubject = {
    id: () => 'w',
    readiness: () => readiness,
    current: () => ({ ...figures(20), isEstimate: false, isOld: false }),
    recipeWords: () => '',
    needsCurrent: () => false,
    measure,
    stop,
    progress: () => null,
    follow: () => () => {},
  };
  const comparer = createComparer(store, subject);
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  return { comparer, store, stop, settle };
}

describe('a comparison', () => {
  test('measures one quantizer after the other, and each once', async () => {
    const asked: string[] = [];
    const { comparer, settle } = setUp(async (spec) => {
      asked.push(spec.id);
      return figures(10);
    });
    comparer.setVisible(true);
    await settle();
    comparer.setVisible(false);
    comparer.setVisible(true);
    await settle();
    expect(asked).toEqual(['nf4', 'levels', 'f16']);
    expect(comparer.view.get()).toMatchObject({ status: 'done', measured: 4 });
  });

  test('goes on after a quantizer that fails, and says at its row why', async () => {
    const { comparer, settle } = setUp(async (spec) => {
      if (spec.id === 'levels') throw new Failure('usage/invalid', { what: 'no such levels' });
      return figures(10);
    });
    comparer.setVisible(true);
    await settle();
    const rows = comparer.view.get().rows;
    expect(rows.map(({ problem }) => problem !== null)).toEqual([false, false, true, false]);
    expect(rows[2]?.problem).toContain('no such levels');
    expect(rows[3]?.figures?.sqnrDb).toBe(10);
  });

  test('waits to be asked where it is long, and stops when it is cancelled', async () => {
    let finish = (_: MeasuredRow | null): void => {};
    const asked: string[] = [];
    const { comparer, stop, settle } = setUp((spec) => {
      asked.push(spec.id);
      return new Promise((resolve) => {
        finish = resolve;
      });
    }, 'when-asked');
    comparer.setVisible(true);
    expect(comparer.view.get().status).toBe('waiting');
    comparer.start();
    expect(comparer.view.get().status).toBe('running');
    comparer.cancel();
    finish(null);
    await settle();
    expect(stop).toHaveBeenCalled();
    expect(asked).toEqual(['nf4']);
    expect(comparer.view.get()).toMatchObject({ status: 'waiting', measured: 1 });
  });

  test('lists the whole set with what the person added, and then again what was listed before', () => {
    const { comparer, store } = setUp(async () => figures(10));
    const before = store.choices.get().compare;
    comparer.toggleAll();
    expect(store.choices.get().compare).toEqual([...COMPARISON_SET, OWN]);
    expect(comparer.view.get().isAll).toBe(true);
    expect(comparer.view.get().rows.at(-1)?.letter).toBe('BA');
    comparer.toggleAll();
    expect(store.choices.get().compare).toBe(before);
  });

  test('tries a row by its letter, beyond Z, too', () => {
    const { comparer, store } = setUp(async () => figures(10));
    comparer.toggleAll();
    const row = comparer.view.get().rows.find(({ letter }) => letter === 'AC');
    comparer.tryRow('AC');
    expect(store.choices.get().spec.id).toBe(row?.spec?.id);
    expect(store.choices.get().compare).toContainEqual(expect.objectContaining({ id: 'absmax', bits: 4 }));
  });
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MeasuredTensor, Totals } from '../../src/protocol/documents.ts';
import type { HostEventKind, PageCalls, PageChoices, ScanState } from '../../src/protocol/page.ts';
import { createCell } from '../../webview/cell.ts';
import type { Host } from '../../webview/host.ts';
import { createMeasure, MEASURE_DELAY_MS } from '../../webview/measure.ts';

type Answer = PageCalls['measure/start']['answer'];

const NAMES = ['a', 'b', 'c'];
const answerOf = (measure: number): Answer => ({
  measure,
  rows: NAMES.map((name) => ({ name, quantizer: 'absmax', kept: null, storedBytes: 10, bitsPerWeight: 4 })),
  storedBytes: 30,
  quantizedBitsPerWeight: 4,
  allBitsPerWeight: 8,
  problems: [],
});
const measured = (name: string, sqnrDb: number): MeasuredTensor =>
  ({ name, quantizer: 'absmax', kept: null, figures: { sqnrDb } }) as MeasuredTensor;
const TOTALS = { ratio: 2 } as Totals;

/** A measure cycle over a host that answers when the test says so. */
function setUp(status: ScanState['status'] = 'complete') {
  const starts: { ask: PageCalls['measure/start']['ask']; answer: (answer: Answer) => void }[] = [];
  const listeners = new Map<HostEventKind, (body: unknown) => void>();
  const host = {
    call: (_: string, ask: PageCalls['measure/start']['ask']) =>
      new Promise<Answer>((answer) => starts.push({ ask, answer })),
    on: (event: HostEventKind, listener: (body: unknown) => void) => {
      listeners.set(event, listener);
      return () => listeners.delete(event);
    },
  } as unknown as Host;
  const choices = createCell({ spec: { id: 'absmax', bits: 4 }, format: 'loupe' } as PageChoices);
  const scan = createCell<ScanState>({ status, doneBytes: 0, totalBytes: 1, seconds: 0 });
  const measure = createMeasure(host, choices, scan, false);
  return {
    measure,
    starts,
    scan,
    setScan: (next: ScanState['status']) => scan.set({ ...scan.get(), status: next }),
    choose: (bits: number) => choices.set({ ...choices.get(), spec: { id: 'absmax', bits } }),
    send: (event: HostEventKind, body: unknown) => listeners.get(event)?.(body),
    answer: async (at: number, number: number) => {
      starts[at]?.answer(answerOf(number));
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a pass starts once, after the last of a row of changes', async () => {
  const { choose, starts } = setUp();
  choose(5);
  await vi.advanceTimersByTimeAsync(MEASURE_DELAY_MS - 1);
  choose(6);
  await vi.advanceTimersByTimeAsync(MEASURE_DELAY_MS - 1);
  expect(starts).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(starts.map(({ ask }) => ask.spec)).toEqual([
    { id: 'absmax', bits: 4 },
    { id: 'absmax', bits: 6 },
  ]);
});

test('old figures stay until they are replaced, and totals are gone until the end', async () => {
  const { measure, answer, choose, send } = setUp();
  await answer(0, 1);
  send('measure/figures', { measure: 1, tensors: NAMES.map((name) => measured(name, 20)), done: 3, total: 3 });
  send('measure/done', { measure: 1, totals: TOTALS, seconds: 0.1 });
  expect(measure.view.get()).toMatchObject({ status: 'done', totals: TOTALS, done: 3 });

  choose(8);
  expect(measure.view.get()).toMatchObject({ status: 'waiting', totals: null, done: 0 });
  await vi.advanceTimersByTimeAsync(MEASURE_DELAY_MS);
  await answer(1, 2);
  send('measure/figures', { measure: 2, tensors: [measured('b', 44)], done: 1, total: 3 });
  const { figures, fresh, status, done } = measure.view.get();
  expect([...figures.values()].map((entry) => entry.figures.sqnrDb)).toEqual([20, 44, 20]);
  expect([...fresh]).toEqual(['b']);
  expect({ status, done }).toEqual({ status: 'running', done: 1 });
});

test('figures of a cancelled pass are dropped', async () => {
  const { measure, answer, choose, send } = setUp();
  await answer(0, 1);
  choose(8);
  await vi.advanceTimersByTimeAsync(MEASURE_DELAY_MS);
  send('measure/figures', { measure: 1, tensors: [measured('a', 20)], done: 1, total: 3 });
  await answer(1, 2);
  expect(measure.view.get().fresh.size).toBe(0);
});

test('figures that overtake the answer are kept for it', async () => {
  const { measure, answer, send } = setUp();
  send('measure/figures', { measure: 1, tensors: [measured('a', 20)], done: 1, total: 3 });
  expect(measure.view.get().fresh.size).toBe(0);
  await answer(0, 1);
  expect([...measure.view.get().fresh]).toEqual(['a']);
});

test('a late answer to an earlier start is dropped', async () => {
  const { measure, starts, answer, choose } = setUp();
  choose(8);
  await vi.advanceTimersByTimeAsync(MEASURE_DELAY_MS);
  expect(starts).toHaveLength(2);
  await answer(1, 2);
  await answer(0, 1);
  expect(measure.view.get().status).toBe('running');
});

test('a failed pass says why', async () => {
  const { measure, answer, send } = setUp();
  await answer(0, 1);
  const failure = { code: 'file/changed', args: {}, text: 'changed' };
  send('measure/failed', { measure: 1, failure });
  expect(measure.view.get()).toMatchObject({ status: 'failed', failure });
});

test('the first pass waits for the host to say whether it scans by itself', () => {
  const { starts, setScan } = setUp('idle');
  expect(starts).toHaveLength(0);
  setScan('running');
  expect(starts).toHaveLength(1);
  setScan('complete');
  expect(starts).toHaveLength(1);
});

test('a checkpoint too large to scan unasked is measured only when asked', async () => {
  const { measure, starts, setScan, choose } = setUp('idle');
  setScan('too-large');
  choose(8);
  await vi.advanceTimersByTimeAsync(MEASURE_DELAY_MS);
  expect(starts).toHaveLength(0);
  measure.start();
  expect(starts).toHaveLength(1);
});

test('sizes that depend on the weights are those that were measured', async () => {
  const { measure, answer, send } = setUp();
  await vi.advanceTimersByTimeAsync(MEASURE_DELAY_MS);
  await answer(0, 1);
  const sized = { ...measured('b', 40), stored_bytes: 12, bits_per_weight: 4.8, outlier_columns: 1, input_columns: 5 };
  send('measure/figures', { measure: 1, tensors: [measured('a', 30), sized], done: 2, total: 3 });
  const { planned, sizes } = measure.view.get();
  expect([planned.get('a')?.storedBytes, planned.get('b')?.storedBytes]).toEqual([10, 12]);
  expect(sizes?.storedBytes).toBe(30);
  const totals = { stored_bytes: 32, quantized_bits_per_weight: 4.3, all_bits_per_weight: 8.1 } as Totals;
  send('measure/done', { measure: 1, totals, seconds: 1 });
  expect(measure.view.get().sizes).toEqual({ storedBytes: 32, quantizedBitsPerWeight: 4.3, allBitsPerWeight: 8.1 });
});

import type { ErrorSums } from '../../../src/core/metrics/figures.ts';
import type { QuantizeItem, QuantizeResult, VerifyItem, VerifyResult } from '../../../src/protocol/worker.ts';
import type { FakeHandlers } from './fakePool.ts';
import { fakeScan } from './fakeScan.ts';

/*
 * Workers of a save that compute nothing: encoding reports an error that verification finds again. The files keep their
 * size and their headers, which is all that the session itself writes of them.
 */

const sums = (count: number): ErrorSums => ({
  count,
  squaredError: count * 2 ** -10,
  maxError: 0.125,
  absoluteError: count / 64,
  signedError: 0,
  energy: count,
  decodedEnergy: count,
  dot: count,
  clipped: null,
  clippedSquaredError: null,
  zeroed: 0,
});

const elementsOf = ({ source, rows }: QuantizeItem | VerifyItem): number =>
  (rows.end - rows.start) * source.view.inputs;

export function fakeQuantize({ items }: { readonly items: readonly QuantizeItem[] }): { results: QuantizeResult[] } {
  return {
    results: items.map((each) => ({ item: each.item, sums: sums(elementsOf(each)), runs: null, saturatedScales: 0 })),
  };
}

/** What a rule for linear weights keeps has no error. */
export function fakeVerify({ items }: { readonly items: readonly VerifyItem[] }): { results: VerifyResult[] } {
  return {
    results: items.map((each) => {
      const name = each.source.kind === 'raw' ? each.source.data.name : '';
      const identical = /norm|embed|lm_head/.test(name);
      const error = identical ? { squaredError: 0, maxError: 0 } : {};
      return { item: each.item, sums: { ...sums(elementsOf(each)), ...error }, runs: null, identical };
    }),
  };
}

export const fakeSave: FakeHandlers = {
  'tensor/scan': fakeScan,
  'tensor/range': ({ items }) => ({ results: items.map(({ item }) => ({ item, min: -1, max: 1, signedExtreme: 1 })) }),
  'tensor/quantize': fakeQuantize,
  'tensor/verify': fakeVerify,
};

import { describe, expect, test } from 'vitest';
import { compareValues } from '../../../src/core/metrics/compareValues.ts';
import { figuresOf } from '../../../src/core/metrics/deriveFigures.ts';
import { isDominated, paretoFront } from '../../../src/core/metrics/paretoFront.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { type CompareRow, firstCompareSort, sortRows } from '../../../webview/compare/compareRow.ts';
import { type Box, placeLabels } from '../../../webview/compare/placeLabels.ts';
import { quantizerName, shortQuantizerName } from '../../../webview/compare/quantizerName.ts';
import { sizeOf } from '../../../webview/quantizer/sizeOf.ts';
import { fullSpec } from '../../../webview/quantizer/specs.ts';

/** A row whose weights are off by `error`. */
function row(letter: string, bits: number | null, error: number | null): CompareRow {
  const figures = error === null ? null : figuresOf(compareValues([1, -2, 3], [1 + error, -2, 3]));
  return {
    letter,
    spec: null,
    name: letter,
    detail: '',
    figures,
    bitsPerWeight: bits,
    isEstimate: false,
    isOld: false,
    problem: null,
  };
}

const letters = (rows: readonly { readonly letter: string }[]): string => rows.map(({ letter }) => letter).join('');

describe('the rows of a comparison', () => {
  const rows = [row('A', 4, 0.5), row('B', null, null), row('C', 8, 0), row('D', 3, 0.1)];

  test('stand in the order of their letters until sorted', () => {
    expect(letters(sortRows(rows, null))).toBe('ABCD');
  });

  test('are sorted best first, exact ones before all, unmeasured ones last', () => {
    expect(letters(sortRows(rows, firstCompareSort('sqnr')))).toBe('CDAB');
    expect(letters(sortRows(rows, firstCompareSort('mse')))).toBe('CDAB');
    expect(letters(sortRows(rows, firstCompareSort('bits')))).toBe('DACB');
  });

  test('keep unmeasured ones last when turned round', () => {
    expect(letters(sortRows(rows, { column: 'sqnr', descending: false }))).toBe('ADCB');
  });
});

describe('the Pareto front', () => {
  const point = (letter: string, bits: number, sqnrDb: number) => ({ letter, bits, sqnrDb });
  const points = [
    point('A', 4, 13.3),
    point('B', 4, 16.4),
    point('C', 4.13, 20),
    point('D', 4.5, 18.9),
    point('E', 8, 36),
  ];

  test('leaves out what another beats at no more than 0.05 bits extra', () => {
    expect(letters(paretoFront(points))).toBe('BCE');
    expect(isDominated(point('X', 4.09, 19), points)).toBe(true);
    expect(isDominated(point('X', 4.07, 19), points)).toBe(false);
  });

  test('keeps equal points', () => {
    expect(letters(paretoFront([point('A', 4, 20), point('B', 4, 20)]))).toBe('AB');
  });
});

describe('labels of a chart', () => {
  const area: Box = { left: 0, top: 0, right: 200, bottom: 100 };
  const meet = (a: Box, b: Box): boolean =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  test('never lie on one another', () => {
    const requests = Array.from({ length: 6 }, (_, at) => ({ x: 60 + at * 6, y: 50, width: 50, height: 12 }));
    const boxes = placeLabels(requests, area).filter((box) => box !== null);
    expect(boxes.length).toBeGreaterThan(2);
    const clashes = boxes.flatMap((a, at) => boxes.slice(at + 1).filter((b) => meet(a, b)));
    expect(clashes).toEqual([]);
  });

  test('stay inside and clear of obstacles, or are left out', () => {
    const request = { x: 190, y: 50, width: 60, height: 12 };
    expect(placeLabels([request], area)[0]?.right).toBeLessThanOrEqual(200);
    expect(placeLabels([request], area, [area])).toEqual([null]);
  });
});

describe('names of quantizers', () => {
  const names: readonly (readonly [QuantizerSpec, string, string, string])[] = [
    [{ id: 'absmax', bits: 4, unit: 'group', groupSize: 32 }, 'absmax 4', 'group 32', 'absmax 4 g32'],
    [{ id: 'rtn', bits: 4, unit: 'channel', asymmetric: true }, 'rtn 4', 'channel, asymmetric', 'rtn 4 channel asym'],
    [{ id: 'zero-point', bits: 8, unit: 'tensor', scaleDtype: 'BF16' }, 'zero-point 8', 'tensor, BF16', 'zero-point 8'],
    [{ id: 'bf16' }, 'bf16', 'cast', 'bf16'],
    [
      { id: 'absmax', unit: 'tensor', clip: 'absolute:0.5' },
      'absmax 8',
      'tensor, clip absolute:0.5',
      'absmax 8 absolute:0.5',
    ],
    [{ id: 'llm-int8', outliers: '6sigma' }, 'llm-int8', 'channel, outliers 6sigma', 'llm-int8 6sigma'],
    [{ id: 'nf4', doubleQuant: true }, 'nf4', 'block 64, double', 'nf4 double'],
    [{ id: 'levels', levels: [-1, 0, 1] }, 'levels 3', 'tensor', 'levels 3'],
    [{ id: 'binary', sequence: 'supx4,l2x2' }, 'binary supx4,l2x2', 'channel', 'binary supx4,l2x2'],
    [{ id: 'alternating', bits: 3, unit: 'group', groupSize: 64 }, 'alternating 3', 'group 64', 'alternating 3 g64'],
    [{ id: 'f8-e4m3', unit: 'channel' }, 'f8-e4m3', 'cast, channel', 'f8-e4m3 channel'],
    [{ id: 'fixed-point', fraction: 'mse' }, 'fixed-point 8', 'mse', 'fixed-point 8 mse'],
  ];

  test.each(names)('%j is %s, %s; in a chart %s', (spec, name, detail, short) => {
    expect(quantizerName(spec)).toEqual({ name, detail });
    expect(shortQuantizerName(spec)).toBe(short);
  });
});

test('a full spec resolves, whatever the choices held', () => {
  const stale: QuantizerSpec = { id: 'f16', bits: 4, unit: 'group', groupSize: 32 };
  expect(resolveQuantizer(fullSpec(stale))).toMatchObject({ family: 'cast', dtype: 'F16' });
  const grouped: QuantizerSpec = { id: 'absmax', unit: 'channel', groupSize: 32, asymmetric: true };
  expect(resolveQuantizer(fullSpec(grouped))).toMatchObject({ unit: 'channel', groupSize: null });
});

test('the size of a tensor counts codes of whole rows and one scale per slice', () => {
  const tensor = { elements: 3 * 5, channels: 3, inputs: 5, dtype: 'BF16' };
  const quantizer = resolveQuantizer({ id: 'absmax', bits: 4, unit: 'group', groupSize: 2, scaleDtype: 'F16' });
  expect(sizeOf(tensor, quantizer)).toEqual({ bytes: 3 * 3 + 9 * 2, bitsPerWeight: (27 * 8) / 15 });
  expect(sizeOf(tensor, resolveQuantizer({ id: 'bf16' }))).toEqual({ bytes: 30, bitsPerWeight: 16 });
});

test('the size of a tensor is known for every family', () => {
  const tensor = { elements: 16 * 128, channels: 16, inputs: 128, dtype: 'BF16' };
  const bytes = (spec: QuantizerSpec): number => sizeOf(tensor, resolveQuantizer(spec)).bytes;
  const blocks = 16 * 2;
  expect(bytes({ id: 'zero-point', bits: 4, unit: 'channel' })).toBe(1024 + 16 * (4 + 4));
  expect(bytes({ id: 'llm-int8' })).toBe(2048 + 16 * 4);
  expect(bytes({ id: 'nf4' })).toBe(1024 + blocks * 4);
  expect(bytes({ id: 'nf4', doubleQuant: true })).toBe(1024 + blocks + 4 + 4 + 256 * 4);
  expect(bytes({ id: 'lloyd-max', bits: 4, unit: 'channel' })).toBe(1024 + 16 * 16 * 2);
  expect(bytes({ id: 'levels', levels: [0, 1, 2] })).toBe(16 * 32 + 4 * 4);
  expect(bytes({ id: 'binary', sequence: 'supx3' })).toBe(3 * (2 * 128 + 16 * 2));
  expect(bytes({ id: 'f8-e4m3', unit: 'channel' })).toBe(2048 + 16 * 4);
  expect(bytes({ id: 'fixed-point', bits: 12 })).toBe(4096 + 4);
});

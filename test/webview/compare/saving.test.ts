import { expect, test } from 'vitest';
import type { Figures } from '../../../src/core/metrics/figures.ts';
import { type CompareRow, letterOf, placesOf } from '../../../webview/compare/compareRow.ts';
import { compareAsCsv } from '../../../webview/compare/compareText.ts';
import type { NamedPoint } from '../../../webview/compare/drawRate.ts';
import { rateSvg } from '../../../webview/compare/saving/rateSvg.ts';
import type { Store } from '../../../webview/store.ts';

const LOOK = {
  background: '#1e1e1e',
  foreground: '#cccccc',
  muted: '#999999',
  grid: '#333333',
  original: '#3794ff',
  dequantized: '#f2a33a',
  fontFamily: 'system-ui',
};
const STORE = {
  choices: { get: () => ({ format: 'loupe' }) },
  model: { formatDefaults: { loupe: [] } },
} as unknown as Store;

function row(letter: string, bitsPerWeight: number, figures: Partial<Figures>): CompareRow {
  const spec = { id: 'absmax', bits: 4, unit: 'channel' } as const;
  return {
    letter,
    spec,
    name: 'absmax 4',
    detail: 'channel',
    figures: { exact: false, ...figures } as Figures,
    bitsPerWeight,
    isEstimate: false,
    isOld: false,
    problem: null,
  };
}

test('letters go on after Z', () => {
  expect([0, 25, 26, 51, 52, 77, 78].map(letterOf)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA', 'BZ', 'CA']);
});

test('a result without error dominates whatever costs as much', () => {
  const rows = [row('A', 16, { sqnrDb: 70 }), row('B', 16, { sqnrDb: null, exact: true }), row('C', 8, { sqnrDb: 40 })];
  expect(placesOf(rows)).toEqual(['dominated', 'front', 'front']);
  expect(placesOf([{ ...row('D', 4, {}), figures: null }])).toEqual([null]);
});

test('the CSV has every figure that is a number, whatever there are', () => {
  const figures = { meanSquaredError: 0.25, sqnrDb: 12.5, clippedShare: null, wasserstein: 0.5, codeCounts: [1, 2] };
  const lines = compareAsCsv(STORE, 'a,b', [row('A', 4.5, figures as Partial<Figures>)]).split('\r\n');
  expect(lines[0]).toBe(
    'subject,letter,quantizer,bits_per_weight,pareto,mean_squared_error,sqnr_db,clipped_share,wasserstein',
  );
  expect(lines[1]).toBe('"a,b",A,absmax 4 channel,4.5,front,0.25,12.5,,0.5');
});

test('the SVG shows every point with its name, dominated ones hollow', () => {
  const point = (letter: string, bits: number, sqnrDb: number, isDominated: boolean): NamedPoint => ({
    letter,
    name: 'a < b',
    bits,
    sqnrDb,
    isDominated,
  });
  const frame = { title: 'w', subtitle: '2 quantizers', legend: [], width: 960, height: 540 };
  const svg = rateSvg(frame, [point('A', 4, 20, false), point('B', 8, 15, true)], LOOK);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toContain('<title>A a &lt; b: 4.00, 20.00 dB</title>');
  expect(svg.match(/<circle/g)).toHaveLength(2);
  expect(svg).toMatch(/<circle[^>]*fill="#3794ff"[^>]*>/);
  expect(svg).toMatch(/<circle[^>]*fill="#1e1e1e"[^>]*>/);
  for (const text of ['SQNR dB', 'bits per weight', 'A a &lt; b']) expect(svg).toContain(`>${text}</text>`);
});

import { expect, test } from 'vitest';
import type { Figures } from '../../../src/core/metrics/figures.ts';
import { stackPlots } from '../../../webview/model/stack/drawStack.ts';
import { STACK_AXIS, type StackPart } from '../../../webview/model/stack/stackData.ts';
import { stackCsv, stackSvg } from '../../../webview/model/stack/stackFiles.ts';

const { low, high, bins } = STACK_AXIS;
const LOOK = {
  background: '#1e1e1e',
  foreground: '#cccccc',
  muted: '#999999',
  grid: '#333333',
  original: '#3794ff',
  dequantized: '#f2a33a',
  fontFamily: 'system-ui',
};

function part(name: string, decodedAt: number): StackPart {
  const counts = (at: number): Float64Array => Float64Array.from({ length: bins }, (_, bin) => (bin === at ? 9 : 0));
  const figures = { sqnrDb: 30, exact: false } as Figures;
  const original = { low, high, counts: counts(75) };
  return { name, original, decoded: { low, high, counts: counts(decodedAt) }, below: 0, above: 0, figures };
}

test('panels share the area from top to bottom, with a gap between them', () => {
  const area = { left: 0, top: 10, right: 100, bottom: 220 };
  expect(stackPlots(2, area, 10)).toEqual([
    { left: 0, top: 10, right: 100, bottom: 110 },
    { left: 0, top: 120, right: 100, bottom: 220 },
  ]);
});

test('the CSV has 150 bins from -2 to 2 with a column for each quantizer', () => {
  const lines = stackCsv([part('absmax 8, tensor', 75), part('zero-point 8', 74)]).split('\r\n');
  expect(lines).toHaveLength(bins + 2);
  expect(lines[0]).toBe('bin_low,bin_high,original,"absmax 8, tensor",zero-point 8');
  expect(lines[1]?.startsWith('-2,')).toBe(true);
  expect(lines[75]).toMatch(/,0,0,9$/);
  expect(lines[76]).toMatch(/,9,9,0$/);
});

test('the SVG has a panel for each quantizer, filled and outlined', () => {
  const frame = { title: 'm', subtitle: '', legend: [], width: 960, height: 620 };
  const svg = stackSvg(frame, [part('upper', 75), part('lower', 74)], true, LOOK);
  expect(svg.match(/fill="#3794ff"/g)).toHaveLength(2);
  expect(svg.match(/stroke="#f2a33a"/g)).toHaveLength(2);
  expect(svg).toContain('upper · 30.00');
  expect(svg).toContain('lower · 30.00');
});

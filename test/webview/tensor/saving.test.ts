import { describe, expect, test } from 'vitest';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { instantFigures } from '../../../src/core/stats/instantFigures.ts';
import type { ValueTable } from '../../../src/core/stats/summary.ts';
import { summaryOf } from '../../../src/core/stats/summaryOf.ts';
import { escapeXml } from '../../../webview/charts/svgText.ts';
import { type Distribution, distributionOf } from '../../../webview/tensor/distribution/distribution.ts';
import { histogramCsv } from '../../../webview/tensor/saving/histogramCsv.ts';
import { subtitleOf, suggestedName } from '../../../webview/tensor/saving/histogramSeries.ts';
import { histogramSvg } from '../../../webview/tensor/saving/histogramSvg.ts';

const TABLE: ValueTable = {
  kind: 'BF16',
  patterns: new Uint16Array([0x0000, 0x3f80, 0xbf80]),
  counts: new Float64Array([6, 2, 1]),
};
const LOOK = {
  background: '#1e1e1e',
  foreground: '#cccccc',
  muted: '#999999',
  grid: '#333333',
  original: '#3794ff',
  dequantized: '#f2a33a',
  fontFamily: 'system-ui',
};

function distribution(bits: number | null): Distribution {
  const quantizer = bits === null ? null : resolveQuantizer({ id: 'absmax', bits, unit: 'tensor' });
  const levels = quantizer ? (instantFigures(TABLE, quantizer)?.levels ?? null) : null;
  const drawn = distributionOf(TABLE, summaryOf('w', TABLE, null), { levels, decoded: null }, { low: -1, high: 1 }, 4);
  if (!drawn) throw new Error('nothing is drawn');
  return drawn;
}

describe('the CSV', () => {
  test('has a line per bin, in plain C form', () => {
    const lines = histogramCsv(distribution(4)).split('\r\n');
    expect(lines[0]).toBe('bin_low,bin_high,original,dequantized');
    expect(lines.slice(1)).toEqual(['-1,-0.5,1,1', '-0.5,0,0,0', '0,0.5,6,6', '0.5,1,2,2', '']);
  });

  test('leaves the last column empty without a quantizer', () => {
    expect(histogramCsv(distribution(null)).split('\r\n')[1]).toBe('-1,-0.5,1,');
  });
});

describe('the SVG', () => {
  const picture = (bits: number | null, tensor = 'a.weight') =>
    histogramSvg({ tensor, subtitle: '9 × 1 · BF16', distribution: distribution(bits), isLog: true }, LOOK);

  test('is a vector picture with both series, title, legend and axis labels', () => {
    const svg = picture(4);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).not.toContain('<image');
    expect(svg).toContain('fill="#3794ff"');
    expect(svg).toContain('stroke="#f2a33a"');
    for (const text of ['a.weight', '9 × 1 · BF16', 'original', 'dequantized', 'weights per bin', 'value']) {
      expect(svg).toContain(`>${text}</text>`);
    }
  });

  test('has one series without a quantizer', () => {
    expect(picture(null)).not.toContain('#f2a33a');
  });

  test('draws no coordinate that is not a number', () => {
    for (const bits of [2, 8, null]) expect(picture(bits)).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('escapes names, so that no tensor can put markup into it', () => {
    const svg = picture(null, '<script>&"\u0000');
    expect(svg).toContain('&lt;script&gt;&amp;&quot;\ufffd');
    expect(svg).not.toContain('<script>');
  });
});

test('text of an XML file holds no control character', () => {
  expect(escapeXml('a\u0007b\tc')).toBe('a\ufffdb\tc');
});

test('a suggested name is one that file systems take', () => {
  expect(suggestedName('model.layers.0/../w:eight', 'svg')).toBe('model.layers.0_.._w_eight.histogram.svg');
  expect(suggestedName('...', 'csv')).toBe('tensor.histogram.csv');
});

test('a subtitle leaves out what is missing', () => {
  expect(subtitleOf(['3 × 4', '', '—', 'BF16'])).toBe('3 × 4 · BF16');
});

import { describe, expect, it } from 'vitest';
import { layerWords } from '../../src/cli/layerGroups.ts';
import { foldModules, modulePathsOf } from '../../src/cli/modulePaths.ts';
import { histogramText } from '../../src/cli/terminal/histogramText.ts';
import { ProgressBar, progressLine } from '../../src/cli/terminal/progressBar.ts';
import { labelled, textTable } from '../../src/cli/terminal/textTable.ts';
import { FigureText, PLAIN_MARKS } from '../../src/core/text/figureText.ts';
import type { Progress } from '../../src/session/api.ts';

const text = new FigureText('en', undefined, PLAIN_MARKS);

describe('a table', () => {
  const columns = [
    { title: 'Name', align: 'left', cell: (row: string[]) => row[0]! },
    { title: 'dB', align: 'right', cell: (row: string[]) => row[1]! },
    { title: 'Note', align: 'left', cell: (row: string[]) => row[2] ?? '', isOptional: true },
  ] as const;

  it('has columns as wide as their widest cell, and no spaces at the end of a line', () => {
    expect(
      textTable(columns, [
        ['a', '9.50', 'x'],
        ['long', '19.50'],
      ]),
    ).toEqual(['Name     dB  Note', 'a      9.50  x', 'long  19.50']);
  });
  it('leaves out a column in which nothing stands', () => {
    expect(textTable(columns, [['a', '1']])).toEqual(['Name  dB', 'a      1']);
  });
  it('is its titles alone without rows', () => {
    expect(textTable(columns, [])).toEqual(['Name  dB']);
  });
  it('of facts has the values under each other', () => {
    expect(
      labelled([
        ['size', '1'],
        ['dtypes', '2'],
      ]),
    ).toEqual(['size    1', 'dtypes  2']);
  });
});

describe('a histogram in a terminal', () => {
  const options = { width: 8, isLog: false, edge: (value: number) => value.toFixed(1), count: String };

  it('has a bar, its lower edge and its count for every bin, and what lies outside', () => {
    const histogram = { low: 0, high: 3, counts: Float64Array.of(4, 8, 0), below: 1, above: 2 };
    expect(histogramText(histogram, options)).toEqual([
      '0.0 \u2502\u2588\u2588\u2588\u2588     4',
      '1.0 \u2502\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588 8',
      '2.0 \u2502         0',
      '3.0 \u2575',
      '     below 1, above 2',
    ]);
  });
  it('shows a sliver of what is not nothing', () => {
    const histogram = { low: 0, high: 2, counts: Float64Array.of(1, 1e6), below: 0, above: 0 };
    expect(histogramText(histogram, options)[0]).toContain('\u258f');
  });
  it('of nothing has no bars', () => {
    const histogram = { low: 0, high: 1, counts: Float64Array.of(0), below: 0, above: 0 };
    expect(histogramText(histogram, options)).toEqual(['0.0 \u2502         0', '1.0 \u2575']);
  });
  it('in logarithms is in proportion to the digits', () => {
    const histogram = { low: 0, high: 2, counts: Float64Array.of(9, 99), below: 0, above: 0 };
    expect(histogramText(histogram, { ...options, isLog: true })[0]).toContain('\u2588'.repeat(4));
    expect(histogramText(histogram, { ...options, isLog: true })[0]).not.toContain('\u2588'.repeat(5));
  });
});

describe('progress', () => {
  const progress: Progress = {
    doneBytes: 5e6,
    totalBytes: 20e6,
    writtenBytes: 0,
    doneTensors: 1,
    totalTensors: 4,
    current: [],
    step: 'measure',
  };

  it('tells the share and the bytes, and after half a second speed and time left', () => {
    expect(progressLine(progress, 100, text)).toMatch(
      /^Measuring {2}\u2588{6}\u2591{18} {3}25% {2}5\.00 MB of 20\.0 MB$/,
    );
    expect(progressLine(progress, 1000, text)).toMatch(/5\.00 MB\/s {2}3\.00 s left$/);
  });
  it('is full where there is nothing to do', () => {
    expect(progressLine({ ...progress, doneBytes: 0, totalBytes: 0 }, 0, text)).toContain('100%');
  });
  it('rewrites one line, never wider than the terminal, and leaves nothing behind', () => {
    const written: string[] = [];
    const bar = new ProgressBar({ columns: 20, write: (part) => written.push(part) }, text);
    bar.update(progress);
    bar.clear();
    bar.clear();
    expect(written).toHaveLength(2);
    expect(written[0]!.startsWith('\r\u001b[2K')).toBe(true);
    expect(written[0]!.length - '\r\u001b[2K'.length).toBeLessThan(20);
    expect(written[1]).toBe('\r\u001b[2K');
  });
});

describe('names', () => {
  it('of layers are written in runs', () => {
    expect(layerWords([3, 0, 1, 2, 7])).toBe('0..3, 7');
    expect(layerWords([])).toBe('');
  });
  it('of tensors tell the modules that hold them', () => {
    expect(modulePathsOf('a.b.weight')).toEqual(['a', 'a.b']);
    expect(modulePathsOf('weight')).toEqual([]);
    const modules = foldModules([{ name: 'a.b.weight' }, { name: 'a.bias' }], 0, (sum) => sum + 1);
    expect([...modules]).toEqual([
      ['a', 2],
      ['a.b', 1],
    ]);
  });
});

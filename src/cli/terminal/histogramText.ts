import { binEdge, type Histogram } from '../../core/stats/histogram.ts';

/** Eighths of a character cell, from the left. */
const EIGHTHS = ['', '\u258f', '\u258e', '\u258d', '\u258c', '\u258b', '\u258a', '\u2589'];
const FULL = '\u2588';

export interface HistogramTextOptions {
  /** Characters for the longest bar. */
  readonly width: number;
  readonly isLog: boolean;
  readonly edge: (value: number) => string;
  readonly count: (value: number) => string;
}

/** A bar per bin: its lower edge, the bar, its count; then the upper end, and what lies outside the range. */
export function histogramText(histogram: Histogram, options: HistogramTextOptions): string[] {
  const { low, high, counts, below, above } = histogram;
  const bins = counts.length;
  const most = counts.reduce((max, count) => Math.max(max, count), 0);
  const edges = Array.from({ length: bins + 1 }, (_, bin) => options.edge(binEdge(low, high, bins, bin)));
  const edgeWidth = edges.reduce((width, edge) => Math.max(width, edge.length), 0);
  const texts = Array.from(counts, (count) => options.count(Math.round(count)));
  const countWidth = texts.reduce((width, text) => Math.max(width, text.length), 0);
  const lines = Array.from(counts, (count, bin) => {
    const bar = barOf(lengthOf(count, most, options.isLog) * options.width);
    return `${edges[bin]!.padStart(edgeWidth)} \u2502${bar.padEnd(options.width)} ${texts[bin]!.padStart(countWidth)}`;
  });
  const outside = `${' '.repeat(edgeWidth)}  below ${options.count(Math.round(below))}, above ${options.count(Math.round(above))}`;
  return [...lines, `${edges[bins]!.padStart(edgeWidth)} \u2575`, ...(below + above > 0 ? [outside] : [])];
}

function lengthOf(count: number, most: number, isLog: boolean): number {
  if (most === 0) return 0;
  return isLog ? Math.log1p(count) / Math.log1p(most) : count / most;
}

/** A bar of a length in characters, to an eighth; what is not nothing is seen. */
function barOf(length: number): string {
  const eighths = length > 0 ? Math.max(1, Math.round(length * 8)) : 0;
  return FULL.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

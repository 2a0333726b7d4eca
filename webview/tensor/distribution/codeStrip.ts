import { codeUsageOf } from '../../../src/core/metrics/codeUsage.ts';
import { linearScale, type Plot } from '../../charts/axis.ts';
import { createChartCanvas, type Surface } from '../../charts/canvas.ts';
import { countScale } from '../../charts/histogram.ts';
import { themeColour } from '../../charts/theme.ts';
import { h, setText } from '../../elements/dom.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import type { WhatIf } from '../subject/whatIfView.ts';

/** Weights per code, by ascending code. */
export interface CodeCounts {
  readonly lowest: number;
  readonly counts: Float64Array;
}

/** From the value table, else as a pass has counted. @returns null where the quantizer has no codes, or nobody has counted them */
export function codeCountsOf({
  levels,
  figures,
  quantizer,
}: Pick<WhatIf, 'levels' | 'figures' | 'quantizer'>): CodeCounts | null {
  const counted = figures?.codeCounts ?? null;
  if (!levels?.codes && counted !== null) {
    return { lowest: quantizer?.family === 'affine' ? quantizer.lo : 0, counts: Float64Array.from(counted) };
  }
  if (!levels?.codes || levels.codes.length === 0) return null;
  const { codes } = levels;
  const lowest = codes.reduce((low, code) => Math.min(low, code));
  const highest = codes.reduce((high, code) => Math.max(high, code));
  const counts = new Float64Array(highest - lowest + 1);
  codes.forEach((code, at) => {
    counts[code - lowest] = levels.counts[at] ?? 0;
  });
  return { lowest, counts };
}

/** The histogram of the codes under that of the weights, with how well they are used. */
export function createCodeStrip(): {
  readonly element: HTMLElement;
  draw(codes: CodeCounts | null, isLog: boolean): void;
  dispose(): void;
} {
  let shown: { readonly codes: CodeCounts; readonly isLog: boolean } | null = null;
  const chart = createChartCanvas('strip-chart', (surface) => {
    if (shown) drawCodeCounts(surface, shown.codes, shown.isLog);
  });
  const low = h('span');
  const words = h('span');
  const high = h('span');
  const name = h('span', {
    class: 'strip-name muted small',
    text: t('tensor.codeCounts'),
    attributes: { 'aria-hidden': true },
  });
  const ends = h('div', { class: 'strip-ends muted small' }, low, words, high);
  const track = h('div', { class: 'strip-track' }, chart.element);
  return {
    element: h('div', { class: 'strip code-strip' }, name, track, ends),
    draw(codes, isLog) {
      shown = codes && { codes, isLog };
      track.parentElement?.toggleAttribute('hidden', codes === null);
      if (!codes) return;
      const { used, available, entropyBits } = codeUsageOf(codes.counts);
      const args = { used: fig.count(used), available: fig.count(available), entropy: fig.decimals(entropyBits, 2) };
      setText(low, fig.count(codes.lowest));
      setText(high, fig.count(codes.lowest + codes.counts.length - 1));
      setText(words, t('tensor.codesUsed', args));
      chart.describe(t('tensor.codeSummary', { words: t('tensor.codesUsed', args) }));
      chart.redraw();
    },
    dispose: chart.dispose,
  };
}

/** A bar for every code; codes without a weight leave a gap. */
function drawCodeCounts({ context, width, height }: Surface, { counts }: CodeCounts, isLog: boolean): void {
  const plot: Plot = { left: 0, top: 1, right: width, bottom: height };
  const x = linearScale(0, counts.length, plot.left, plot.right);
  const top = counts.reduce((most, count) => Math.max(most, count), 0);
  const y = countScale(top, plot, isLog);
  const gap = (plot.right - plot.left) / counts.length > 4 ? 1 : 0;
  context.fillStyle = themeColour('--loupe-dequantized');
  counts.forEach((count, code) => {
    if (count <= 0) return;
    const from = x.toPixel(code);
    const level = y.toPixel(count);
    context.fillRect(from, level, Math.max(1, x.toPixel(code + 1) - from - gap), plot.bottom - level);
  });
}

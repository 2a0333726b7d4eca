import { binEdge } from '../../../src/core/stats/histogram.ts';
import { linearScale } from '../../charts/axis.ts';
import { Disposables } from '../../disposables.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import { createReadout } from '../readout.ts';
import type { Distribution } from './distribution.ts';
import { plotOf } from './drawDistribution.ts';

/** Reads out the bin under the pointer; `onHover` gets its number, so that the chart can mark it. */
export function createBinReadout(
  canvas: HTMLCanvasElement,
  present: () => Distribution | null,
  onHover: (bin: number | null) => void,
): { readonly element: HTMLElement; dispose(): void } {
  const owned = new Disposables();
  const readout = createReadout(canvas, (x, y) => {
    const distribution = present();
    const bin = distribution && binAt(canvas, distribution, x, y);
    onHover(bin);
    return distribution && bin !== null ? linesOf(distribution, bin) : null;
  });
  owned.add(readout.dispose);
  owned.listen(canvas, 'pointerleave', () => onHover(null));
  return { element: readout.element, dispose: owned.dispose };
}

function binAt(
  canvas: HTMLCanvasElement,
  { original, range, levels }: Distribution,
  x: number,
  y: number,
): number | null {
  const plot = plotOf({ width: canvas.clientWidth, height: canvas.clientHeight }, levels !== null);
  if (x < plot.left || x >= plot.right || y < plot.top || y > plot.bottom) return null;
  const bins = original.counts.length;
  const value = linearScale(range.low, range.high, plot.left, plot.right).toValue(x);
  return Math.min(bins - 1, Math.max(0, Math.floor(((value - range.low) / (range.high - range.low)) * bins)));
}

function linesOf({ original, decoded, levels, isEstimate }: Distribution, bin: number): string[] {
  const { low, high, counts } = original;
  const edge = (at: number): number => binEdge(low, high, counts.length, at);
  const count = (series: ArrayLike<number>): string => {
    const text = fig.count(Math.round(series[bin] ?? 0));
    return isEstimate ? fig.estimated(text) : text;
  };
  const lines = [
    t('tensor.binRange', { low: fig.value(edge(bin), 4), high: fig.value(edge(bin + 1), 4) }),
    t('tensor.binOriginal', { count: count(counts) }),
  ];
  if (decoded?.counts.length === counts.length)
    lines.push(t('tensor.binDequantized', { count: count(decoded.counts) }));
  const codes = levels?.codes;
  const inside = codes && Array.from(codes).filter((_, at) => isIn(levels.values[at] ?? 0, edge(bin), edge(bin + 1)));
  if (inside && inside.length > 0)
    lines.push(t('tensor.binCodes', { codes: inside.map((code) => fig.count(code)).join(', ') }));
  return lines;
}

function isIn(value: number, low: number, high: number): boolean {
  return value >= low && value < high;
}

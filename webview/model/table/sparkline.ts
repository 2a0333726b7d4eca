import type { TensorSummary } from '../../../src/core/stats/summary.ts';

const HEIGHT = 18;
const SVG = 'http://www.w3.org/2000/svg';

/** Log count over min to max, as a path in a box of one unit a bin by 18. @returns null where nothing was counted */
export function sparklinePath(summary: TensorSummary): string | null {
  const top = Math.max(0, ...summary.sparkline);
  if (top <= 0) return null;
  const scale = HEIGHT / Math.log1p(top);
  let path = `M0 ${HEIGHT}`;
  summary.sparkline.forEach((count, bin) => {
    const level = (HEIGHT - scale * Math.log1p(count)).toFixed(1);
    path += `L${bin} ${level}L${bin + 1} ${level}`;
  });
  return `${path}L${summary.sparkline.length} ${HEIGHT}Z`;
}

const paths = new WeakMap<TensorSummary, string>();

export interface Sparkline {
  readonly element: SVGSVGElement;
  /** Null draws nothing. */
  set(summary: TensorSummary | null): void;
}

/** A sparkline that can be set again: rows of the table are used for many tensors. */
export function createSparkline(bins: number): Sparkline {
  const element = document.createElementNS(SVG, 'svg');
  element.setAttribute('class', 'sparkline');
  element.setAttribute('viewBox', `0 0 ${bins} ${HEIGHT}`);
  element.setAttribute('preserveAspectRatio', 'none');
  element.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  element.append(path);
  let shown: TensorSummary | null = null;
  return {
    element,
    set(summary) {
      if (summary === shown) return;
      shown = summary;
      path.setAttribute('d', summary ? cachedPath(summary) : '');
    },
  };
}

function cachedPath(summary: TensorSummary): string {
  const known = paths.get(summary);
  if (known !== undefined) return known;
  const made = sparklinePath(summary) ?? '';
  paths.set(summary, made);
  return made;
}

import { histogramFromTable } from '../../../src/core/stats/histogram.ts';
import type { TensorSummary, ValueTable } from '../../../src/core/stats/summary.ts';
import { linearScale } from '../../charts/axis.ts';
import { createChartCanvas, type Surface } from '../../charts/canvas.ts';
import { countScale, drawFilled, highestCount } from '../../charts/histogram.ts';
import type { ShownRange } from '../../charts/shownRange.ts';
import { Disposables } from '../../disposables.ts';
import { h, setAttribute, setText } from '../../elements/dom.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import { fullRange } from './distribution.ts';
import { dragRange, keyRange, unionOf } from './steerRange.ts';

const STRIP_BINS = 160;
/** How near to an end of the frame a drag takes that end, px. */
const EDGE_PX = 5;

export interface RangeStrip {
  readonly element: HTMLElement;
  draw(summary: TensorSummary | null, table: ValueTable | null, shown: ShownRange | null): void;
  dispose(): void;
}

/** The full range of the tensor with the shown part framed: drag it or its ends, or steer it with the keyboard. */
export function createRangeStrip(onRange: (range: ShownRange) => void): RangeStrip {
  const owned = new Disposables();
  let table: ValueTable | null = null;
  let full: ShownRange | null = null;
  let shown: ShownRange | null = null;
  const chart = createChartCanvas('strip-chart', (surface) => {
    if (table && full) drawStrip(surface, table, full);
  });
  chart.element.setAttribute('aria-hidden', 'true');
  const frame = h('div', {
    class: 'strip-frame',
    role: 'slider',
    tabIndex: 0,
    attributes: { 'aria-label': t('tensor.shownRange'), 'aria-describedby': 'strip-hint' },
  });
  const track = h('div', { class: 'strip-track' }, chart.element, frame);
  const low = h('span');
  const middle = h('span');
  const high = h('span');
  const hint = h('span', { class: 'visually-hidden', id: 'strip-hint', text: t('tensor.shownRangeHint') });
  const element = h(
    'div',
    { class: 'strip' },
    h('span', { class: 'strip-name muted small', text: t('tensor.range'), attributes: { 'aria-hidden': true } }),
    track,
    h('div', { class: 'strip-ends muted small' }, low, middle, high),
    hint,
  );
  owned.add(chart.dispose);
  owned.listen(frame, 'keydown', (event) => {
    const next = shown && full && keyRange(event, shown, full);
    if (!next) return;
    event.preventDefault();
    onRange(next);
  });
  owned.add(
    followDrag(
      track,
      frame,
      (from, moved, part) => {
        const range = full && from && dragRange(from, full, moved / track.clientWidth, part);
        if (range) onRange(range);
      },
      () => shown,
    ),
  );
  return {
    element,
    draw(summary, nextTable, nextShown) {
      table = nextTable;
      shown = nextShown;
      const whole = fullRange(summary);
      full = whole && shown ? unionOf(whole, shown) : whole;
      element.hidden = !table || !full || !shown;
      if (!full || !shown) return;
      placeFrame(frame, shown, full);
      const words = { low: fig.value(shown.low, 3), high: fig.value(shown.high, 3) };
      setText(low, fig.value(full.low, 3));
      setText(high, fig.value(full.high, 3));
      setText(middle, t('tensor.shown', words));
      setAttribute(frame, 'aria-valuetext', t('tensor.shown', words));
      setAttribute(frame, 'aria-valuemin', full.low);
      setAttribute(frame, 'aria-valuemax', full.high);
      setAttribute(frame, 'aria-valuenow', (shown.low + shown.high) / 2);
      chart.redraw();
    },
    dispose: owned.dispose,
  };
}

function placeFrame(frame: HTMLElement, shown: ShownRange, full: ShownRange): void {
  const x = linearScale(full.low, full.high, 0, 100);
  frame.style.setProperty('--from', `${Math.max(0, x.toPixel(shown.low))}%`);
  frame.style.setProperty('--to', `${Math.max(0, 100 - x.toPixel(shown.high))}%`);
}

function drawStrip(surface: Surface, table: ValueTable, full: ShownRange): void {
  const { counts } = histogramFromTable(table, full.low, full.high, STRIP_BINS);
  const histogram = { ...full, counts };
  const plot = { left: 0, top: 1, right: surface.width, bottom: surface.height };
  const x = linearScale(full.low, full.high, plot.left, plot.right);
  drawFilled(surface, plot, histogram, x, countScale(highestCount(histogram), plot, true));
}

type Part = 'all' | 'low' | 'high';

/** Reports how far the pointer moved since the button went down, with the range of that moment. */
function followDrag(
  track: HTMLElement,
  frame: HTMLElement,
  onMove: (from: ShownRange | null, moved: number, part: Part) => void,
  present: () => ShownRange | null,
): () => void {
  const owned = new Disposables();
  let start: { readonly x: number; readonly range: ShownRange | null; readonly part: Part } | null = null;
  owned.listen(track, 'pointerdown', (event) => {
    const { left, right } = frame.getBoundingClientRect();
    const isOutside = event.clientX < left - EDGE_PX || event.clientX > right + EDGE_PX;
    // A click beside the frame brings its middle there.
    if (isOutside) onMove(present(), event.clientX - (left + right) / 2, 'all');
    const isWide = right - left > 3 * EDGE_PX;
    const isLow = isWide && !isOutside && event.clientX - left < EDGE_PX;
    const isHigh = isWide && !isOutside && right - event.clientX < EDGE_PX;
    start = { x: event.clientX, range: present(), part: isLow ? 'low' : isHigh ? 'high' : 'all' };
    track.setPointerCapture(event.pointerId);
    frame.focus({ preventScroll: true });
    event.preventDefault();
  });
  owned.listen(track, 'pointermove', (event) => {
    if (start) onMove(start.range, event.clientX - start.x, start.part);
  });
  owned.listen(track, 'lostpointercapture', () => {
    start = null;
  });
  return owned.dispose;
}

import { type LinearScale, linearScale, type Plot } from '../../charts/axis.ts';
import { Disposables } from '../../disposables.ts';
import { h, setAttribute, setText, uniqueId } from '../../elements/dom.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import type { ClipView } from './clipView.ts';
import { type ClipEnd, clipOf, keyClip, moveEnd } from './steerClip.ts';

export interface ClipHandles {
  readonly element: HTMLElement;
  /** Places the handles over the plot; null: there is nothing to clip. */
  draw(view: ClipView | null): void;
  dispose(): void;
}

/** Room that a label needs beside its handle, px. */
const LABEL_PX = 84;

/**
 * Two handles over the histogram: drag them, or arrows by a bin, Shift and Page by ten, Home to the least squared error, End to
 * no clip. Both move together unless Alt is held. `onClip` gets the clip rule as specs spell it.
 */
export function createClipHandles(
  canvas: HTMLCanvasElement,
  plotOf: () => Plot,
  onClip: (clip: string) => void,
): ClipHandles {
  const owned = new Disposables();
  let view: ClipView | null = null;
  const hint = h('span', { class: 'visually-hidden', id: uniqueId('clip-hint'), text: t('clip.hint') });
  const handles = (['low', 'high'] as const).map((end) => createHandle(end, hint.id));
  const element = h('div', { class: 'clip-handles', hidden: true }, ...handles.map((each) => each.element), hint);
  const scaleOf = ({ range }: ClipView): LinearScale => {
    const plot = plotOf();
    return linearScale(range.low, range.high, plot.left, plot.right);
  };
  const place = (): void => {
    element.hidden = view === null;
    if (view === null) return;
    const plot = plotOf();
    for (const each of handles) each.place(view, scaleOf(view), plot);
  };
  const move = (end: ClipEnd, to: number, isAlone: boolean): void => {
    if (view === null) return;
    const plot = plotOf();
    const step = (view.range.high - view.range.low) / Math.max(1, plot.right - plot.left);
    onClip(clipOf(moveEnd(view.ends, end, to, isAlone), view.ends, step));
  };
  for (const { element: handle, end } of handles) {
    owned.listen(handle, 'keydown', (event) => {
      if (view === null) return;
      const { ends, range, bins } = view;
      const act = keyClip(event, ends[end], (range.high - range.low) / bins);
      if (act === null) return;
      event.preventDefault();
      if (typeof act === 'string') onClip(act);
      else move(end, act.to, event.altKey);
    });
    owned.listen(handle, 'dblclick', () => onClip('none'));
    owned.add(
      followPointer(handle, (clientX, isAlone) => {
        if (view !== null) move(end, scaleOf(view).toValue(clientX - canvas.getBoundingClientRect().left), isAlone);
      }),
    );
  }
  const observer = new ResizeObserver(place);
  observer.observe(canvas);
  owned.add(() => observer.disconnect());
  return {
    element,
    draw(next) {
      view = next;
      place();
    },
    dispose: owned.dispose,
  };
}

interface Handle {
  readonly end: ClipEnd;
  readonly element: HTMLElement;
  place(view: ClipView, x: LinearScale, plot: Plot): void;
}

function createHandle(end: ClipEnd, hint: string): Handle {
  const value = h('span', { class: 'clip-value' });
  const share = h('span');
  const count = h('span', { class: 'muted' });
  const label = h('div', { class: 'clip-label small', attributes: { 'aria-hidden': true } }, value, share, count);
  const grip = h('div', { class: 'clip-grip', attributes: { 'aria-hidden': true } });
  const element = h(
    'div',
    {
      class: `clip-handle clip-${end}`,
      role: 'slider',
      tabIndex: 0,
      attributes: { 'aria-label': t(end === 'low' ? 'clip.low' : 'clip.high'), 'aria-describedby': hint },
    },
    grip,
    label,
  );
  return {
    end,
    element,
    place({ ends, isEstimate }, x, plot) {
      const at = Math.min(Math.max(x.toPixel(ends[end]), plot.left), plot.right);
      element.style.setProperty('--x', `${at}px`);
      element.style.setProperty('--top', `${plot.top}px`);
      element.style.setProperty('--height', `${plot.bottom - plot.top}px`);
      const room = end === 'low' ? at - plot.left : plot.right - at;
      element.classList.toggle('clip-inside', room < LABEL_PX);
      const clipped = end === 'low' ? ends.below : ends.above;
      const mark = (text: string): string => (isEstimate ? fig.estimated(text) : text);
      const words = mark(fig.clipped(clipped / Math.max(1, ends.count), ends.count));
      label.hidden = clipped === 0 && ends[end] === (end === 'low' ? ends.fullLow : ends.fullHigh);
      setText(value, fig.value(ends[end], 3));
      setText(share, t('clip.clipped', { share: words }));
      setText(count, t('clip.weights', { count: mark(fig.count(clipped)) }));
      setAttribute(element, 'aria-valuemin', ends.fullLow);
      setAttribute(element, 'aria-valuemax', ends.fullHigh);
      setAttribute(element, 'aria-valuenow', ends[end]);
      setAttribute(element, 'aria-valuetext', t('clip.spoken', { value: fig.value(ends[end], 3), share: words }));
    },
  };
}

/** Reports the pointer while the handle is held. */
function followPointer(handle: HTMLElement, onMove: (clientX: number, isAlone: boolean) => void): () => void {
  const owned = new Disposables();
  let isHeld = false;
  owned.listen(handle, 'pointerdown', (event) => {
    isHeld = true;
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  });
  owned.listen(handle, 'pointermove', (event) => {
    if (isHeld) onMove(event.clientX, event.altKey);
  });
  owned.listen(handle, 'lostpointercapture', () => {
    isHeld = false;
  });
  return owned.dispose;
}

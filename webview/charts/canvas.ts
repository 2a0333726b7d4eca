import { Disposables } from '../disposables.ts';
import { h } from '../elements/dom.ts';
import { isInFrame } from './redraw.ts';
import { onThemeChange } from './theme.ts';

/** What a chart draws on: CSS pixels, whatever the device's pixel ratio. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** Pixels of the device per CSS pixel: lines are sharp at multiples of its inverse. */
  readonly ratio: number;
}

export interface ChartCanvas {
  /** An `img` for screen readers: give it a one-sentence summary with `describe`. */
  readonly element: HTMLCanvasElement;
  /** Draws in the next frame, many calls once; at once where called from a `Redraw`, which has a frame already. */
  redraw(): void;
  describe(summary: string): void;
  dispose(): void;
}

/** A canvas that fills its CSS box and draws again on a change of size, zoom or theme. */
export function createChartCanvas(className: string, draw: (surface: Surface) => void): ChartCanvas {
  const owned = new Disposables();
  const element = h('canvas', { class: className, role: 'img' });
  let frame = 0;
  const paint = (): void => {
    frame = 0;
    const { clientWidth: width, clientHeight: height } = element;
    const context = element.getContext('2d');
    if (width === 0 || height === 0 || !context) return;
    const ratio = window.devicePixelRatio || 1;
    const pixels = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (element.width !== pixels.width || element.height !== pixels.height) Object.assign(element, pixels);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    draw({ context, width, height, ratio });
  };
  const redraw = (): void => {
    if (isInFrame()) {
      cancelAnimationFrame(frame);
      paint();
    } else if (frame === 0) frame = requestAnimationFrame(paint);
  };
  const observer = new ResizeObserver(redraw);
  observer.observe(element);
  owned.add(
    onThemeChange(redraw),
    () => observer.disconnect(),
    () => cancelAnimationFrame(frame),
  );
  owned.listen(window, 'resize', redraw);
  return {
    element,
    redraw,
    describe: (summary) => element.setAttribute('aria-label', summary),
    dispose: owned.dispose,
  };
}

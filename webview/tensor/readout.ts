import { Disposables } from '../disposables.ts';
import { h } from '../elements/dom.ts';

/**
 * A small card beside the pointer over a chart. It repeats what *Show as Table* says, so it is hidden from screen readers.
 * @param linesAt the text at a point of the canvas, or null where there is nothing
 */
export function createReadout(
  canvas: HTMLCanvasElement,
  linesAt: (x: number, y: number) => readonly string[] | null,
): { readonly element: HTMLElement; dispose(): void } {
  const owned = new Disposables();
  const element = h('div', { class: 'readout card', hidden: true, attributes: { 'aria-hidden': true } });
  owned.listen(canvas, 'pointermove', ({ offsetX, offsetY }) => {
    const lines = linesAt(offsetX, offsetY);
    element.hidden = lines === null;
    if (!lines) return;
    element.replaceChildren(...lines.map((text) => h('div', { text })));
    element.classList.toggle('readout-left', offsetX > canvas.clientWidth / 2);
    element.style.setProperty('--x', `${offsetX}px`);
  });
  owned.listen(canvas, 'pointerleave', () => {
    element.hidden = true;
  });
  return { element, dispose: owned.dispose };
}

import type { Dispose } from '../cell.ts';

/** Runs `draw` once in the next frame, however often it is asked for, and not at all while hidden. */
export interface Redraw {
  (): void;
  setVisible(isVisible: boolean): void;
  dispose: Dispose;
}

let isDrawing = false;

/** True while a `draw` runs: what it asks for is to be painted in the same frame, not in the next one. */
export function isInFrame(): boolean {
  return isDrawing;
}

export function createRedraw(draw: () => void): Redraw {
  let frame = 0;
  let isVisible = true;
  let isAsked = false;
  const schedule = (): void => {
    isAsked = true;
    if (!isVisible || frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      isAsked = false;
      isDrawing = true;
      try {
        draw();
      } finally {
        isDrawing = false;
      }
    });
  };
  return Object.assign(schedule, {
    setVisible(next: boolean) {
      isVisible = next;
      if (isVisible && isAsked) schedule();
    },
    dispose: () => cancelAnimationFrame(frame),
  });
}

import type { Dispose } from '../cell.ts';

const listeners = new Set<() => void>();
let observer: MutationObserver | null = null;

/**
 * Calls back after every change of theme: VS Code then rewrites the classes of `body` and the variables on `html`. One
 * observer serves all charts.
 */
export function onThemeChange(listener: () => void): Dispose {
  listeners.add(listener);
  if (!observer) {
    observer = new MutationObserver(() => {
      for (const each of [...listeners]) each();
    });
    observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  }
  return () => listeners.delete(listener);
}

/** The present value of a CSS variable, for drawing on a canvas: `themeColour('--loupe-original')`. */
export function themeColour(variable: string): string {
  return getComputedStyle(document.body).getPropertyValue(variable).trim() || 'currentColor';
}

/** True in the two high contrast themes. */
export function isHighContrast(): boolean {
  return document.body.classList.contains('vscode-high-contrast');
}

import type { ShownRange } from '../../charts/shownRange.ts';

/** The frame never gets narrower than this share of the full range. */
const NARROWEST_SHARE = 1 / 2000;
/** Steps of the keyboard, as a share of the shown width. */
const STEP = 0.05;
const LARGE_STEP = 0.5;
const ZOOM = 1.25;

/** The smallest range that holds both. */
export function unionOf(a: ShownRange, b: ShownRange): ShownRange {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** Moves a range, or one end of it, by a share of the full range; it stays inside and keeps a width. */
export function dragRange(from: ShownRange, full: ShownRange, moved: number, part: 'all' | 'low' | 'high'): ShownRange {
  const by = moved * (full.high - full.low);
  const least = (full.high - full.low) * NARROWEST_SHARE;
  if (part === 'low') return { low: clamp(from.low + by, full.low, from.high - least), high: from.high };
  if (part === 'high') return { low: from.low, high: clamp(from.high + by, from.low + least, full.high) };
  return shift(from, by, full);
}

/** The range after a key: arrows move (Shift and Page further), + and − zoom, Home and End go to the ends. @returns null for other keys */
export function keyRange(
  { key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
  shown: ShownRange,
  full: ShownRange,
): ShownRange | null {
  const width = shown.high - shown.low;
  const step = width * (shiftKey ? LARGE_STEP : STEP);
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return shift(shown, -step, full);
    case 'ArrowRight':
    case 'ArrowUp':
      return shift(shown, step, full);
    case 'PageDown':
      return shift(shown, -width * LARGE_STEP, full);
    case 'PageUp':
      return shift(shown, width * LARGE_STEP, full);
    case 'Home':
      return shift(shown, full.low - shown.low, full);
    case 'End':
      return shift(shown, full.high - shown.high, full);
    case '+':
    case '=':
      return zoom(shown, 1 / ZOOM, full);
    case '-':
    case '_':
      return zoom(shown, ZOOM, full);
    default:
      return null;
  }
}

function shift({ low, high }: ShownRange, by: number, full: ShownRange): ShownRange {
  const bounded = clamp(by, full.low - low, full.high - high);
  return { low: low + bounded, high: high + bounded };
}

function zoom({ low, high }: ShownRange, factor: number, full: ShownRange): ShownRange {
  const least = (full.high - full.low) * NARROWEST_SHARE;
  const half = Math.max(least, (high - low) * factor) / 2;
  const middle = (low + high) / 2;
  return { low: Math.max(full.low, middle - half), high: Math.min(full.high, middle + half) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}

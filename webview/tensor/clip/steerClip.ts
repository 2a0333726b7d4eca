import type { ClipEnds } from './clipEnds.ts';

export type ClipEnd = 'low' | 'high';

/** An interval never gets narrower than this share of the full one. */
const NARROWEST_SHARE = 1e-3;

type Interval = Pick<ClipEnds, 'low' | 'high'>;

/**
 * The interval with one end moved to a value: the other moves against it unless `isAlone`, so that both close in together. A
 * mirrored interval has one magnitude and ignores `isAlone`. Ends stay inside the full interval.
 */
export function moveEnd(ends: ClipEnds, end: ClipEnd, to: number, isAlone: boolean): Interval {
  const { fullLow, fullHigh, isMirrored } = ends;
  const least = (fullHigh - fullLow) * NARROWEST_SHARE;
  if (isMirrored) {
    const magnitude = clamp(end === 'low' ? -to : to, least, fullHigh);
    return { low: -magnitude, high: magnitude };
  }
  const moved = to - ends[end];
  const low = end === 'low' ? to : isAlone ? ends.low : ends.low - moved;
  const high = end === 'high' ? to : isAlone ? ends.high : ends.high - moved;
  if (end === 'low') {
    const keptHigh = clamp(high, fullLow + least, fullHigh);
    return { low: clamp(low, fullLow, keptHigh - least), high: keptHigh };
  }
  const keptLow = clamp(low, fullLow, fullHigh - least);
  return { low: keptLow, high: clamp(high, keptLow + least, fullHigh) };
}

/** The clip rule of an interval as specs spell it, its ends rounded to `step`; `none` where it is the full one. */
export function clipOf({ low, high }: Interval, full: ClipEnds, step: number): string {
  if (low <= full.fullLow && high >= full.fullHigh) return 'none';
  const digits = Math.min(20, Math.max(0, Math.ceil(-Math.log10(step))));
  const [from, to] = [Number(low.toFixed(digits)), Number(high.toFixed(digits))];
  if (full.isMirrored) return `absolute:${to > 0 ? to : high}`;
  return from < to ? `absolute:${from},${to}` : `absolute:${low},${high}`;
}

/** What a key does to an end: a new value of it, the rule of least squared error, no clip at all; null: nothing. */
export function keyClip(
  { key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
  value: number,
  bin: number,
): { readonly to: number } | 'mse' | 'none' | null {
  const step = bin * (shiftKey ? LARGE_STEP : 1);
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return { to: value - step };
    case 'ArrowRight':
    case 'ArrowUp':
      return { to: value + step };
    case 'PageDown':
      return { to: value - bin * LARGE_STEP };
    case 'PageUp':
      return { to: value + bin * LARGE_STEP };
    case 'Home':
      return 'mse';
    case 'End':
    case 'Delete':
      return 'none';
    default:
      return null;
  }
}

/** Bins of a step with Shift, and of Page keys. */
const LARGE_STEP = 10;

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}

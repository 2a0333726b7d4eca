/**
 * How the interval of a slice is narrowed before its range rule; values beyond it saturate. Intervals are intersected
 * with [min, max]; a symmetric rule takes the larger magnitude of the two ends, absmax-full with the sign of the largest
 * element.
 */
export type ClipRule =
  /** Leaves (100 - percent)/2 % on each side; for symmetric rules the percent-th percentile of |x|. Linear between order statistics. */
  | { readonly kind: 'percentile'; readonly percent: number }
  /** mean ± deviations·σ of the population. */
  | { readonly kind: 'sigma'; readonly deviations: number }
  | { readonly kind: 'absolute'; readonly low: number; readonly high: number }
  /** Least mean squared error: T = max·i/100, i = 1..100 for unit tensor, 20..100 otherwise; ties go to the larger. */
  | { readonly kind: 'mse' }
  /** KL calibration on |x| (unit tensor). */
  | { readonly kind: 'kl' };

/** What a clip may be, for messages. */
export const CLIP_FORMS = 'none, percentile:P, sigma:K, absolute:T, absolute:LO,HI, mse, kl';

/** `percentile:99.9` as flags and recipes spell it; null is `none`, undefined is no clip rule at all. */
export function parseClip(text: string): ClipRule | null | undefined {
  if (text === 'none') return null;
  if (text === 'mse' || text === 'kl') return { kind: text };
  const [kind, values = ''] = text.split(/:(.*)/s);
  const numbers = values.split(',').map(numberOf);
  const [first = Number.NaN, second] = numbers;
  if (!numbers.every(Number.isFinite)) return undefined;
  if (kind === 'absolute' && numbers.length <= 2) return absoluteClip(first, second);
  if (numbers.length !== 1) return undefined;
  if (kind === 'percentile' && first > 0 && first <= 100) return { kind, percent: first };
  if (kind === 'sigma' && first > 0) return { kind, deviations: first };
  return undefined;
}

/** The spelling that `parseClip` reads. */
export function clipText(clip: ClipRule | null | undefined): string {
  if (clip === null || clip === undefined) return 'none';
  switch (clip.kind) {
    case 'percentile':
      return `percentile:${clip.percent}`;
    case 'sigma':
      return `sigma:${clip.deviations}`;
    case 'absolute':
      return clip.low === -clip.high ? `absolute:${clip.high}` : `absolute:${clip.low},${clip.high}`;
    default:
      return clip.kind;
  }
}

function absoluteClip(first: number, second: number | undefined): ClipRule | undefined {
  if (second === undefined) return first > 0 ? { kind: 'absolute', low: -first, high: first } : undefined;
  return first < second ? { kind: 'absolute', low: first, high: second } : undefined;
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

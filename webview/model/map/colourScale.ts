import { mixOklab, parseColour, readableText } from '../../charts/colour.ts';
import { themeColour } from '../../charts/theme.ts';
import type { Metric } from '../metrics.ts';

/** Ends of a scale, as values of the metric. */
export interface ScaleRange {
  readonly low: number;
  readonly high: number;
}

/** Fixed positions of assigned bits, so that colours compare between plans. */
const BIT_POSITIONS: readonly (readonly [bits: number, position: number])[] = [
  [2, 0],
  [3, 0.1],
  [4, 0.2],
  [5, 0.32],
  [6, 0.48],
  [8, 0.78],
  [16, 1],
];

/** Strength of a value, 0 to 1; 1 is the strong colour. */
export function strengthOf(metric: Metric, value: number, range: ScaleRange): number {
  if (metric.id === 'bits') return bitStrength(value);
  const at = metric.isLogarithmic ? logPosition(value, range) : linearPosition(value, range);
  return metric.strong === 'low' ? 1 - at : at;
}

function linearPosition(value: number, { low, high }: ScaleRange): number {
  return high > low ? clampUnit((value - low) / (high - low)) : 0.5;
}

/** Kurtosis may be 0 or negative: the scale is logarithmic in the distance from the low end. */
function logPosition(value: number, { low, high }: ScaleRange): number {
  if (!(high > low)) return 0.5;
  if (low > 0) return clampUnit(Math.log(Math.max(value, low) / low) / Math.log(high / low));
  return clampUnit(Math.log1p(Math.max(0, value - low)) / Math.log1p(high - low));
}

function bitStrength(bits: number): number {
  const above = BIT_POSITIONS.findIndex(([at]) => at >= bits);
  const [first] = BIT_POSITIONS;
  if (above <= 0) return above === 0 ? (first?.[1] ?? 0) : 1;
  const [lowBits = 0, low = 0] = BIT_POSITIONS[above - 1] ?? [];
  const [highBits = 1, high = 1] = BIT_POSITIONS[above] ?? [];
  return low + ((bits - lowBits) / (highBits - lowBits)) * (high - low);
}

function clampUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** The automatic range: lowest and highest shown value. */
export function rangeOf(values: readonly number[]): ScaleRange | null {
  if (values.length === 0) return null;
  return { low: Math.min(...values), high: Math.max(...values) };
}

const TEXT_STEPS = 100;

/**
 * Black or white text by strength, for the mix that the style sheet draws:
 * color-mix(in oklab, scale colour calc(10% + 90% * t), editor background).
 */
export function readableTexts(metric: Metric): (strength: number) => string {
  const colour = parseColour(themeColour(`--loupe-${metric.scale}`));
  const background = parseColour(themeColour('--loupe-background'));
  if (!colour || !background) return () => 'inherit';
  const texts = Array.from({ length: TEXT_STEPS + 1 }, (_, step) =>
    readableText(mixOklab(colour, background, 0.1 + (0.9 * step) / TEXT_STEPS)),
  );
  return (strength) => texts[Math.round(strength * TEXT_STEPS)] ?? 'inherit';
}

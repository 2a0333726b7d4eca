import { drawBottomAxis, linearScale, type Plot } from '../../charts/axis.ts';
import type { Surface } from '../../charts/canvas.ts';
import { countScale, drawFilled, drawOutline, drawTowers, highestCount } from '../../charts/histogram.ts';
import { completeSpec } from '../../quantizer/specs.ts';
import type { Store } from '../../store.ts';
import type { PreviewData } from './previewData.ts';

/** Room for the axis under the plot. */
const AXIS_PX = 20;
/** Up to this many levels the dequantized weights stand as towers at their levels. */
export const MOST_TOWERS = 64;

/** Log counts: original filled, dequantized outlined. */
export function drawPreview(surface: Surface, data: PreviewData, store: Store): void {
  const { original, decoded } = data;
  if (!original) return;
  const plot: Plot = { left: 0, top: 2, right: surface.width, bottom: surface.height - AXIS_PX };
  const x = linearScale(original.low, original.high, plot.left, plot.right);
  const top = highestCount(original, ...(decoded ? [decoded] : []));
  const y = countScale(top, plot, true);
  drawFilled(surface, plot, original, x, y);
  if (decoded) (hasTowers(store) ? drawTowers : drawOutline)(surface, plot, decoded, x, y);
  drawBottomAxis(surface, plot, x);
}

/** One scale for all weights gives few distinct levels; scales by channel or group give many. */
function hasTowers(store: Store): boolean {
  const { bits, unit } = completeSpec(store.choices.get().spec);
  return unit === 'tensor' && 2 ** bits <= MOST_TOWERS;
}

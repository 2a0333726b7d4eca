import { isFailure } from '../../../src/core/failure.ts';
import { binEdge } from '../../../src/core/stats/histogram.ts';
import { csvRow } from '../../../src/core/text/plainNumber.ts';
import { linearScale } from '../../charts/axis.ts';
import { fileName } from '../../charts/fileName.ts';
import { countScale } from '../../charts/histogram.ts';
import { PICTURE_WIDTH, type PictureFrame } from '../../charts/pictureFrame.ts';
import { type PictureLook, presentLook } from '../../charts/pictureLook.ts';
import { pngPicture } from '../../charts/pngPicture.ts';
import {
  svgBottomAxis,
  svgClip,
  svgLabel,
  svgLeftAxis,
  svgPicture,
  svgPlotOf,
  svgSteps,
} from '../../charts/svgPicture.ts';
import { svgElement } from '../../charts/svgText.ts';
import { fig } from '../../figures.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import { countTicks, countTickText } from '../../tensor/distribution/countTicks.ts';
import { drawStack, highestOfStack, stackPlots } from './drawStack.ts';
import { STACK_AXIS, type StackPart } from './stackData.ts';

export type StackFile = 'svg' | 'png' | 'csv';

const PANEL_PX = 240;
const GAP_PX = 22;
const COUNT_TICKS = 5;

/** Draws the stack and gives it to the host, which asks where to write it. */
export async function saveStack(store: Store, kind: StackFile, parts: readonly StackPart[]): Promise<void> {
  const { logScale } = store.choices.get();
  const frame = frameOf(store.model.name, parts);
  const bytes =
    kind === 'png'
      ? await pngPicture(frame, (surface) => drawStack(surface, parts, logScale))
      : new TextEncoder().encode(kind === 'csv' ? stackCsv(parts) : stackSvg(frame, parts, logScale, presentLook()))
          .buffer;
  try {
    await store.host.call('file/save', { suggestedName: fileName(store.model.name, `stack.${kind}`), bytes });
  } catch (error) {
    if (!isFailure(error)) throw error;
    store.host.failures.set(error);
  }
}

function frameOf(title: string, parts: readonly StackPart[]): PictureFrame {
  const legend = [
    { text: t('preview.original'), form: 'filled', colour: '--loupe-original' },
    { text: t('preview.dequantized'), form: 'outlined', colour: '--loupe-dequantized' },
  ] as const;
  const subtitle = parts.map(({ name }) => name).join(' · ');
  return { title, subtitle, legend, width: PICTURE_WIDTH, height: 140 + parts.length * PANEL_PX };
}

/** A row for every bin: the original, then each quantizer's dequantized weights. */
export function stackCsv(parts: readonly StackPart[]): string {
  const { low, high, bins } = STACK_AXIS;
  const head = ['bin_low', 'bin_high', 'original', ...parts.map(({ name }) => name)];
  const rows = Array.from({ length: bins }, (_, bin) => [
    binEdge(low, high, bins, bin),
    binEdge(low, high, bins, bin + 1),
    parts[0]?.original.counts[bin] ?? 0,
    ...parts.map(({ decoded }) => decoded.counts[bin] ?? 0),
  ]);
  return `${[head, ...rows].map(csvRow).join('\r\n')}\r\n`;
}

/** The panels as SVG, every shape a vector. */
export function stackSvg(frame: PictureFrame, parts: readonly StackPart[], isLog: boolean, look: PictureLook): string {
  const area = svgPlotOf(frame);
  const x = linearScale(STACK_AXIS.low, STACK_AXIS.high, area.left, area.right);
  const top = highestOfStack(parts);
  const plots = stackPlots(parts.length, area, GAP_PX);
  const panels = plots.flatMap((plot, at) => {
    const part = parts[at];
    if (!part) return [];
    const y = countScale(top, plot, isLog);
    const ticks = countTicks(y.top, isLog, COUNT_TICKS).map((tick) => ({
      at: y.toPixel(tick),
      text: countTickText(tick),
    }));
    const original = svgSteps(part.original, plot, x, y);
    const decoded = svgSteps(part.decoded, plot, x, y);
    const series = [
      svgElement('path', { d: `${original} Z`, fill: look.original, 'fill-opacity': 0.72 }),
      svgElement('path', { d: decoded, fill: 'none', stroke: look.dequantized, 'stroke-width': 1.5 }),
    ];
    return [
      svgLeftAxis(ticks, plot, look, t('tensor.countAxis')),
      svgElement('g', { 'clip-path': `url(#plot${at})` }, series.join('')),
      svgLabel(plot.left + 8, plot.top + 16, `${part.name} · ${fig.sqnr(part.figures)}`, { fill: look.foreground }),
    ];
  });
  const clips = plots.map((plot, at) => svgClip(`plot${at}`, plot)).join('');
  return svgPicture(frame, look, [...panels, svgBottomAxis(x, area, look, t('tensor.valueAxis'))], clips);
}

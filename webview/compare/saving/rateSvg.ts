import type { Plot } from '../../charts/axis.ts';
import type { PictureFrame } from '../../charts/pictureFrame.ts';
import type { PictureLook } from '../../charts/pictureLook.ts';
import { round, svgBottomAxis, svgLabel, svgLeftAxis, svgPicture, svgPlotOf } from '../../charts/svgPicture.ts';
import { escapeXml, svgElement } from '../../charts/svgText.ts';
import { linearTicks } from '../../charts/ticks.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import { frontCorners, frontOf, type NamedPoint, scalesOf, stepBoxes } from '../drawRate.ts';
import { placeLabels } from '../placeLabels.ts';

const DECIBEL_TICKS = 8;
const POINT_PX = 4;
const FONT_PX = 12;
/** A vector file measures no text: about the width of a letter. */
const LETTER_PX = 6.4;

/** Rate and distortion as SVG: the front as steps, dominated points hollow, names where there is room, every point with a title. */
export function rateSvg(frame: PictureFrame, points: readonly NamedPoint[], look: PictureLook): string {
  const plot = svgPlotOf(frame);
  const { x, y } = scalesOf(points, plot);
  const corners = frontCorners(frontOf(points), plot, x, y);
  const steps = corners.map((corner, at) => `${at === 0 ? 'M' : 'L'}${round(corner.x)} ${round(corner.y)}`).join('');
  const ticks = linearTicks(y.low, y.high, DECIBEL_TICKS).map((tick) => ({
    at: y.toPixel(tick),
    text: fig.value(tick, 3),
  }));
  const placed = points.map((point) => ({ ...point, x: x.toPixel(point.bits), y: y.toPixel(point.sqnrDb) }));
  const parts = [
    svgLeftAxis(ticks, plot, look, t('rate.sqnr')),
    svgElement('path', { d: steps, fill: 'none', stroke: look.original, 'stroke-width': 1.5 }),
    ...placed.map((point) => pointMark(point, look)),
    ...labels(placed, plot, stepBoxes(corners), look),
    svgBottomAxis(x, plot, look, t('rate.bits')),
  ];
  return svgPicture(frame, look, parts);
}

type Placed = NamedPoint & { readonly x: number; readonly y: number };

function pointMark({ x, y, letter, name, bits, sqnrDb, isDominated }: Placed, look: PictureLook): string {
  const fill = isDominated ? look.background : look.original;
  const title = `${letter} ${name}: ${fig.bits(bits)}, ${fig.decimals(sqnrDb, 2)} dB`;
  const circle = { cx: x, cy: y, r: POINT_PX, fill, stroke: look.original, 'stroke-width': 1.6 };
  return svgElement('circle', circle, `<title>${escapeXml(title)}</title>`);
}

function labels(
  points: readonly Placed[],
  plot: Plot,
  obstacles: ReturnType<typeof stepBoxes>,
  look: PictureLook,
): string[] {
  const text = ({ letter, name }: NamedPoint): string => `${letter} ${name}`;
  const requests = points.map((point) => ({
    x: point.x,
    y: point.y,
    width: text(point).length * LETTER_PX,
    height: FONT_PX + 2,
  }));
  return placeLabels(requests, plot, obstacles).flatMap((box, at) => {
    const point = points[at];
    return box && point ? [svgLabel(box.left, box.bottom - 3, text(point), { fill: look.foreground })] : [];
  });
}

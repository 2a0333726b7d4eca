import { axisFont } from '../../charts/axis.ts';
import { themeColour } from '../../charts/theme.ts';
import { t } from '../../strings.ts';
import { drawDistribution } from '../distribution/drawDistribution.ts';
import type { HistogramPicture } from './histogramSeries.ts';

const WIDTH = 960;
const HEIGHT = 540;
const MARGIN = 16;
const TITLE_PX = 44;
/** Device pixels per CSS pixel: sharp in print and on dense screens. */
const RATIO = 2;

/** The histogram as on the page, with a title, at twice its size. */
export async function histogramPng(
  picture: HistogramPicture,
  quantiles: readonly (number | null)[],
): Promise<ArrayBuffer> {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH * RATIO;
  canvas.height = HEIGHT * RATIO;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser gives no canvas');
  context.scale(RATIO, RATIO);
  context.fillStyle = themeColour('--loupe-background');
  context.fillRect(0, 0, WIDTH, HEIGHT);
  drawTitle(context, picture);
  drawLegend(context, picture.distribution.decoded !== null);
  context.translate(MARGIN, TITLE_PX + MARGIN);
  const surface = { context, width: WIDTH - 2 * MARGIN, height: HEIGHT - TITLE_PX - 2 * MARGIN, ratio: RATIO };
  drawDistribution(surface, picture.distribution, { isLog: picture.isLog, quantiles, hovered: null, isOld: false });
  return await bytesOf(canvas);
}

function drawTitle(context: CanvasRenderingContext2D, { tensor, subtitle }: HistogramPicture): void {
  const font = axisFont();
  context.textBaseline = 'top';
  context.fillStyle = themeColour('--loupe-foreground');
  context.font = `600 ${font.replace(/^\S+/, '15px')}`;
  context.fillText(tensor, MARGIN, MARGIN - 2, WIDTH - 2 * MARGIN);
  context.fillStyle = themeColour('--loupe-muted');
  context.font = font;
  context.fillText(subtitle, MARGIN, MARGIN + 20, WIDTH - 2 * MARGIN);
}

/** The two series by name, at the right end of the title. */
function drawLegend(context: CanvasRenderingContext2D, hasDequantized: boolean): void {
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.font = axisFont();
  const line = MARGIN + 26;
  let right = WIDTH - MARGIN;
  const entry = (text: string, drawMark: (x: number) => void): void => {
    right -= context.measureText(text).width;
    context.fillStyle = themeColour('--loupe-muted');
    context.fillText(text, right, line);
    drawMark(right - 15);
    right -= 30;
  };
  if (hasDequantized) {
    entry(t('preview.dequantized'), (x) => {
      context.strokeStyle = themeColour('--loupe-dequantized');
      context.lineWidth = 1.5;
      context.strokeRect(x, line - 5, 9, 9);
    });
  }
  entry(t('preview.original'), (x) => {
    context.fillStyle = themeColour('--loupe-original');
    context.fillRect(x, line - 5, 9, 9);
  });
}

function bytesOf(canvas: HTMLCanvasElement): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob.arrayBuffer());
      else reject(new Error('the picture could not be encoded'));
    }, 'image/png');
  });
}

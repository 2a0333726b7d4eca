import { axisFont } from './axis.ts';
import type { Surface } from './canvas.ts';
import type { PictureFrame } from './pictureFrame.ts';
import { themeColour } from './theme.ts';

const MARGIN = 16;
const TITLE_PX = 44;
/** Device pixels per CSS pixel: sharp in print and on dense screens. */
const RATIO = 2;

/** A chart as on the page in the theme's colours, with a title and a legend, at twice its size. */
export async function pngPicture(frame: PictureFrame, draw: (surface: Surface) => void): Promise<ArrayBuffer> {
  const { width, height } = frame;
  const canvas = document.createElement('canvas');
  canvas.width = width * RATIO;
  canvas.height = height * RATIO;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser gives no canvas');
  context.scale(RATIO, RATIO);
  context.fillStyle = themeColour('--loupe-background');
  context.fillRect(0, 0, width, height);
  drawTitle(context, frame);
  drawLegend(context, frame);
  context.translate(MARGIN, TITLE_PX + MARGIN);
  draw({ context, width: width - 2 * MARGIN, height: height - TITLE_PX - 2 * MARGIN, ratio: RATIO });
  return await bytesOf(canvas);
}

function drawTitle(context: CanvasRenderingContext2D, { title, subtitle, width }: PictureFrame): void {
  const font = axisFont();
  context.textBaseline = 'top';
  context.fillStyle = themeColour('--loupe-foreground');
  context.font = `600 ${font.replace(/^\S+/, '15px')}`;
  context.fillText(title, MARGIN, MARGIN - 2, width - 2 * MARGIN);
  context.fillStyle = themeColour('--loupe-muted');
  context.font = font;
  context.fillText(subtitle, MARGIN, MARGIN + 20, width - 2 * MARGIN);
}

/** The series by name, at the right end of the title. */
function drawLegend(context: CanvasRenderingContext2D, { legend, width }: PictureFrame): void {
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.font = axisFont();
  const line = MARGIN + 26;
  let right = width - MARGIN;
  for (const { text, form, colour } of [...legend].reverse()) {
    right -= context.measureText(text).width;
    context.fillStyle = themeColour('--loupe-muted');
    context.fillText(text, right, line);
    context.fillStyle = themeColour(colour);
    context.strokeStyle = themeColour(colour);
    context.lineWidth = 1.5;
    context.beginPath();
    if (form === 'dot' || form === 'ring') context.arc(right - 10, line, 4, 0, 2 * Math.PI);
    else context.rect(right - 15, line - 5, 9, 9);
    if (form === 'filled' || form === 'dot') context.fill();
    else context.stroke();
    right -= 30;
  }
}

function bytesOf(canvas: HTMLCanvasElement): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob.arrayBuffer());
      else reject(new Error('the picture could not be encoded'));
    }, 'image/png');
  });
}

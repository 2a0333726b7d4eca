import { themeColour } from './theme.ts';

/** Resolved colours and font: a vector file knows no theme. */
export interface PictureLook {
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly original: string;
  readonly dequantized: string;
  readonly fontFamily: string;
}

/** The theme's colours as they are now, so that the file looks as the page does. */
export function presentLook(): PictureLook {
  const colour = (variable: string): string => asRgb(themeColour(variable));
  return {
    background: colour('--loupe-background'),
    foreground: colour('--loupe-foreground'),
    muted: colour('--loupe-muted'),
    grid: colour('--loupe-grid'),
    original: colour('--loupe-original'),
    dequantized: colour('--loupe-dequantized'),
    fontFamily: getComputedStyle(document.body).fontFamily,
  };
}

/** Programs that read SVG know no `color-mix`: a canvas resolves it. */
function asRgb(colour: string): string {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!context) return colour;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 255] = context.getImageData(0, 0, 1, 1).data;
  return alpha === 255
    ? `rgb(${red}, ${green}, ${blue})`
    : `rgba(${red}, ${green}, ${blue}, ${(alpha / 255).toFixed(3)})`;
}

/** Width of a text in px. */
export type MeasureText = (text: string) => number;

/** Measures in the font of the page, at `scale` of its size. */
export function createTextMeasure(scale = 1): MeasureText {
  const context = document.createElement('canvas').getContext('2d');
  const { fontSize, fontFamily } = getComputedStyle(document.body);
  if (context) context.font = `${Number.parseFloat(fontSize) * scale}px ${fontFamily}`;
  return (text) => context?.measureText(text).width ?? 0;
}

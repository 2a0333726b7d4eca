/** A colour in linear light, 0 to 1 a channel. */
interface Linear {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

/** Parses what `getComputedStyle` and our fallbacks give: `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(r, g, b)`. @returns null for anything else */
export function parseColour(text: string): readonly [number, number, number] | null {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(text.trim())?.[1];
  if (hex) {
    const wide = hex.length <= 4 ? [...hex].map((digit) => digit + digit).join('') : hex;
    return [0, 2, 4].map((at) => Number.parseInt(wide.slice(at, at + 2), 16)) as [number, number, number];
  }
  const parts = /^rgba?\(([^)]+)\)$/
    .exec(text.trim())?.[1]
    ?.split(/[\s,/]+/)
    .map(Number);
  if (!parts || parts.length < 3 || parts.slice(0, 3).some(Number.isNaN)) return null;
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

/**
 * Mixes `share` (0 to 1) of one colour into another in Oklab, as CSS `color-mix(in oklab, …)` does.
 * Matrices: https://bottosson.github.io/posts/oklab/
 */
export function mixOklab(
  colour: readonly [number, number, number],
  into: readonly [number, number, number],
  share: number,
): [number, number, number] {
  const a = toOklab(toLinear(colour));
  const b = toOklab(toLinear(into));
  return fromLinear(fromOklab(a.map((value, at) => value * share + (b[at] ?? 0) * (1 - share)) as Lab));
}

/** Relative luminance of WCAG 2. */
export function luminance(colour: readonly [number, number, number]): number {
  const { r, g, b } = toLinear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Black or white, whichever contrasts more with `background`: at least 4.58:1 on any colour. */
export function readableText(background: readonly [number, number, number]): '#000000' | '#ffffff' {
  const light = luminance(background);
  return (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) ? '#000000' : '#ffffff';
}

type Lab = [number, number, number];

function toLinear([r, g, b]: readonly [number, number, number]): Linear {
  const channel = (value: number): number => {
    const unit = value / 255;
    return unit <= 0.04045 ? unit / 12.92 : ((unit + 0.055) / 1.055) ** 2.4;
  };
  return { r: channel(r), g: channel(g), b: channel(b) };
}

function fromLinear({ r, g, b }: Linear): [number, number, number] {
  const channel = (value: number): number => {
    const unit = value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(Math.min(1, Math.max(0, unit)) * 255);
  };
  return [channel(r), channel(g), channel(b)];
}

function toOklab({ r, g, b }: Linear): Lab {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Lab): Linear {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return {
    r: 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    g: -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    b: -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  };
}

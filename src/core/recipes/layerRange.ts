/** An inclusive range of layers; negative ones count from the end of a stack, -1 is the last. */
export interface LayerRange {
  readonly first: number;
  readonly last: number;
}

const RANGE = /^(-?\d{1,9})(?:\.\.(-?\d{1,9}))?$/;

/** Reads `"0..3"`, `"-4..-1"` or `"5"`; null where the text is none, or where its ends are the wrong way round. */
export function parseLayerRange(text: string): LayerRange | null {
  const found = RANGE.exec(text);
  if (found === null) return null;
  const first = Number(found[1]);
  const last = Number(found[2] ?? found[1]);
  const sameEnd = first < 0 === last < 0;
  return sameEnd && first > last ? null : { first, last };
}

/** True where `layer` of a stack of `count` layers lies in the range. */
export function isInLayerRange({ first, last }: LayerRange, layer: number, count: number): boolean {
  const fromStart = (bound: number): number => (bound < 0 ? count + bound : bound);
  return layer >= fromStart(first) && layer <= fromStart(last);
}

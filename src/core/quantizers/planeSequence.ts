/** How the scale α of one sign plane follows from the residual: mean|R| (least squared error), or (max|R| + min|R|)/2 (least maximal error). */
export type PlaneRule = 'l2' | 'sup';

/** Most planes of binary coding: as many as the widest code has bits. */
export const MOST_PLANES = 8;

/** Channels whose signs in one column share a byte of a stored plane. */
export const CHANNELS_PER_BYTE = 8;

/** `supx4,l2x2` to one rule a plane (`×` is taken for `x`, `l2` for `l2x1`); null where it is none. */
export function parseSequence(text: string): readonly PlaneRule[] | null {
  const planes: PlaneRule[] = [];
  for (const part of text.split(',')) {
    const found = /^(sup|l2)(?:[x×]([1-9]\d?))?$/.exec(part.trim());
    if (found === null) return null;
    planes.push(...Array.from({ length: Number(found[2] ?? 1) }, () => found[1] as PlaneRule));
  }
  return planes.length <= MOST_PLANES ? planes : null;
}

/** The shortest spelling that `parseSequence` reads: `supx4,l2x2`. */
export function sequenceText(planes: readonly PlaneRule[]): string {
  const parts: string[] = [];
  for (let start = 0; start < planes.length; ) {
    let end = start;
    while (end < planes.length && planes[end] === planes[start]) end++;
    parts.push(`${planes[start]}x${end - start}`);
    start = end;
  }
  return parts.join(',');
}

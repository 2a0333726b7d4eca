/** A box in px. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface LabelRequest {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Distance of a label from its point, px. */
const GAP = 7;

/**
 * Places each label beside its point where it meets no point, no obstacle and no label placed before: right, left, above,
 * below, and the corners. @returns null for a label without a free place
 */
export function placeLabels(
  requests: readonly LabelRequest[],
  area: Box,
  obstacles: readonly Box[] = [],
): (Box | null)[] {
  const points: Box[] = requests.map(({ x, y }) => ({ left: x - 5, top: y - 5, right: x + 5, bottom: y + 5 }));
  const taken = [...points, ...obstacles];
  return requests.map((request) => {
    const free = places(request).find((box) => isInside(box, area) && !taken.some((other) => meet(box, other)));
    if (free) taken.push(free);
    return free ?? null;
  });
}

function places({ x, y, width, height }: LabelRequest): Box[] {
  const box = (left: number, top: number): Box => ({ left, top, right: left + width, bottom: top + height });
  const middle = y - height / 2;
  const [right, left] = [x + GAP, x - GAP - width];
  const [above, below] = [y - GAP - height + 2, y + GAP - 2];
  return [
    box(right, middle),
    box(left, middle),
    box(right, above),
    box(right, below),
    box(left, above),
    box(left, below),
    box(x - width / 2, above - 2),
    box(x - width / 2, below + 2),
    box(right, above - height),
    box(right, below + height),
    box(left, above - height),
    box(left, below + height),
  ];
}

function isInside(box: Box, area: Box): boolean {
  return box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom;
}

function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

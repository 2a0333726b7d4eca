import { describe, expect, it } from 'vitest';
import { isDominated, paretoFront } from '../../../src/core/metrics/paretoFront.ts';

const point = (bits: number, sqnrDb: number) => ({ bits, sqnrDb });

describe('paretoFront', () => {
  it('holds the points that none beats, by rising rate', () => {
    const points = [point(8, 40), point(4, 20), point(6, 15), point(2, 8)];
    expect(paretoFront(points)).toEqual([point(2, 8), point(4, 20), point(8, 40)]);
  });

  it('lets a better point cost 0.05 bits more and still dominate, but not more', () => {
    expect(isDominated(point(4, 20), [point(4.05, 20.1)])).toBe(true);
    expect(isDominated(point(4, 20), [point(4.06, 20.1)])).toBe(false);
  });

  it('keeps all points of equal worth', () => {
    expect(paretoFront([point(4, 20), point(4, 20)])).toHaveLength(2);
  });

  it('takes a result without error as better than any', () => {
    const exact = point(16, Number.POSITIVE_INFINITY);
    expect(paretoFront([exact, point(16, 90), exact])).toEqual([exact, exact]);
  });

  it('keeps what it is given, with its other fields', () => {
    expect(paretoFront([{ ...point(4, 20), letter: 'B' }])[0]?.letter).toBe('B');
  });
});

import { pngPicture } from '../../charts/pngPicture.ts';
import { drawDistribution } from '../distribution/drawDistribution.ts';
import { frameOf, type HistogramPicture } from './histogramSeries.ts';

/** The histogram as on the page, with a title, at twice its size. */
export async function histogramPng(
  picture: HistogramPicture,
  quantiles: readonly (number | null)[],
): Promise<ArrayBuffer> {
  const { distribution, isLog } = picture;
  return await pngPicture(frameOf(picture), (surface) => {
    drawDistribution(surface, distribution, { isLog, quantiles, hovered: null, isOld: false });
  });
}

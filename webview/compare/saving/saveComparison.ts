import { isFailure } from '../../../src/core/failure.ts';
import { fileName } from '../../charts/fileName.ts';
import { PICTURE_HEIGHT, PICTURE_WIDTH, type PictureFrame } from '../../charts/pictureFrame.ts';
import { presentLook } from '../../charts/pictureLook.ts';
import { pngPicture } from '../../charts/pngPicture.ts';
import { fig } from '../../figures.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import type { CompareRow } from '../compareRow.ts';
import { compareAsCsv } from '../compareText.ts';
import { drawRate, type NamedPoint } from '../drawRate.ts';
import { rateSvg } from './rateSvg.ts';

export type ComparisonFile = 'svg' | 'png' | 'csv';

/** What is saved of a comparison: the chart from the points, the table from the rows. */
export interface SavedComparison {
  readonly subject: string;
  readonly rows: readonly CompareRow[];
  readonly points: readonly NamedPoint[];
}

/** Draws the comparison and gives it to the host, which asks where to write it. */
export async function saveComparison(store: Store, kind: ComparisonFile, saved: SavedComparison): Promise<void> {
  const bytes = await draw(store, kind, saved);
  try {
    await store.host.call('file/save', { suggestedName: fileName(saved.subject, `comparison.${kind}`), bytes });
  } catch (error) {
    if (!isFailure(error)) throw error;
    store.host.failures.set(error);
  }
}

async function draw(store: Store, kind: ComparisonFile, saved: SavedComparison): Promise<ArrayBuffer> {
  const { subject, rows, points } = saved;
  if (kind === 'png') return await pngPicture(frameOf(saved), (surface) => drawRate(surface, points));
  const text = kind === 'csv' ? compareAsCsv(store, subject, rows) : rateSvg(frameOf(saved), points, presentLook());
  return new TextEncoder().encode(text).buffer;
}

function frameOf({ subject, points }: SavedComparison): PictureFrame {
  const legend = [
    { text: t('rate.front'), form: 'dot', colour: '--loupe-original' },
    { text: t('rate.dominated'), form: 'ring', colour: '--loupe-original' },
  ] as const;
  const subtitle = `${t('rate.title')} · ${t('compare.count', { count: fig.count(points.length) })}`;
  return { title: subject, subtitle, legend, width: PICTURE_WIDTH, height: PICTURE_HEIGHT };
}

import { MISSING } from '../../../src/core/text/figureText.ts';
import { fileName } from '../../charts/fileName.ts';
import { PICTURE_HEIGHT, PICTURE_WIDTH, type PictureFrame } from '../../charts/pictureFrame.ts';
import { t } from '../../strings.ts';
import type { Distribution } from '../distribution/distribution.ts';

/** What an exported histogram shows, whatever its file format. */
export interface HistogramPicture {
  /** The tensor's full name. */
  readonly tensor: string;
  /** `absmax 4 tensor · 12.47 dB`, or the dtype where there is no quantizer. */
  readonly subtitle: string;
  readonly distribution: Distribution;
  readonly isLog: boolean;
}

/** Title, legend and size of the picture. */
export function frameOf({ tensor, subtitle, distribution }: HistogramPicture): PictureFrame {
  const original = { text: t('preview.original'), form: 'filled', colour: '--loupe-original' } as const;
  const decoded = { text: t('preview.dequantized'), form: 'outlined', colour: '--loupe-dequantized' } as const;
  const legend = distribution.decoded === null ? [original] : [original, decoded];
  return { title: tensor, subtitle, legend, width: PICTURE_WIDTH, height: PICTURE_HEIGHT };
}

/** A name for the file: the tensor's own. */
export function suggestedName(tensor: string, extension: 'svg' | 'png' | 'csv'): string {
  return fileName(tensor, `histogram.${extension}`);
}

/** Joins words of a subtitle, leaving out what is missing. */
export function subtitleOf(words: readonly string[]): string {
  return words.filter((word) => word !== '' && word !== MISSING).join(' · ');
}

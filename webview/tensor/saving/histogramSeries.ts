import { MISSING } from '../../../src/core/text/figureText.ts';
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

/** A name that file systems take: the tensor's own, with what they refuse replaced. */
export function suggestedName(tensor: string, extension: 'svg' | 'png' | 'csv'): string {
  const stem = tensor.replace(/[^\w.-]+/g, '_').replace(/^\.+/, '') || 'tensor';
  return `${stem}.histogram.${extension}`;
}

/** Joins words of a subtitle, leaving out what is missing. */
export function subtitleOf(words: readonly string[]): string {
  return words.filter((word) => word !== '' && word !== MISSING).join(' · ');
}

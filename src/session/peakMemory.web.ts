import { heldFiles } from './web/heldFiles.ts';

/** A browser does not tell its peak: the files that are held now, by far the most of it. */
export function peakMemoryBytes(): number {
  return heldFiles.bytes;
}

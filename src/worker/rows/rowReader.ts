import type { Tile } from '../tiles.ts';

/** A tensor, plain or packed, as rows of F32 of its 2-D view. Fastest in order, but any tile may be asked for again. */
export interface RowReader {
  /**
   * Pointer to F32 [rows][columns] of the tile; stays until the next read. A part of a row must begin on a whole byte of
   * codes (every multiple of 8 does).
   * @throws Failure `file/*`
   */
  read(tile: Tile): number;
}

/** Told of every run of stored elements as it is loaded: read in order, each element comes once, whatever their order. */
export type LoadListener = (stored: number, elements: number) => void;

export interface RowOptions {
  /** Where given, NaN become 0 and infinities this magnitude. */
  readonly largest?: number | null;
  /** Raw sources only. */
  readonly onLoad?: LoadListener | undefined;
  /** Bytes read at once, where not the usual. */
  readonly blockBytes?: number | undefined;
}

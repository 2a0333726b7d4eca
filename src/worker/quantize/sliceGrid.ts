/** How the slices of an item lie: `perRow` in each channel, or one for the whole tensor; at most `atOnce` come together. */
export interface SliceGrid {
  readonly perTensor: boolean;
  readonly perRow: number;
  readonly atOnce: number;
  /** Slices are blocks of so many elements of the flattened view; `perRow` then says nothing. */
  readonly blockSize?: number;
}

/** The grid of passes without parameters of slices. */
export const NO_SLICES: SliceGrid = { perTensor: false, perRow: 0, atOnce: 0 };

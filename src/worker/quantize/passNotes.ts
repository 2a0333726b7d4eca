/** What a pass has to tell of its slices. */
export interface PassNotes {
  /** Scales that had to be clamped to their stored dtype's finite, non-zero values. */
  readonly saturatedScales: number;
  /** See `countDistantSlices`; absent: none. */
  readonly distantSlices?: number;
  /** Slices whose plain starting point was better than what was proposed; absent: nothing was. */
  readonly refusedProposals?: number;
}

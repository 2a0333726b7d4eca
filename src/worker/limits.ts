/** How much of a tensor is in work at once. Results do not depend on these; tests make them small. */
export interface WorkerLimits {
  /** Stored bytes read at once, a multiple of 8: large enough for the call into the system not to matter, small enough for the cache. */
  readonly blockBytes: number;
  /** Elements that go through search and encode together, so that their F32 stay in the L2 cache. */
  readonly tileElements: number;
  /** A row up to this long is never cut: its range and its codes take one decode. */
  readonly rowElements: number;
  /** A row longer than `rowElements` up to this long is held whole where a clip rule has to see its slices; a longer one is refused. */
  readonly clippedElements: number;
  /** Channels of a transposed tensor that are decoded together: a cache line of F32, the narrowest whose rows waste none. */
  readonly transposedChannels: number;
  /** Most stored bytes of a transposed tensor held at once; a larger one goes in strips of channels. */
  readonly transposedBytes: number;
  /** The same of values to be written in the order of a transposed tensor. */
  readonly turnedBytes: number;
  /** Most elements of whole rows that must be held together: eight rows of sign planes, which share bytes. */
  readonly heldElements: number;
  /** Packed bytes gathered before they are written. */
  readonly writeBytes: number;
}

export const DEFAULT_LIMITS: WorkerLimits = {
  blockBytes: 512 << 10,
  tileElements: 16 << 10,
  rowElements: 64 << 10,
  clippedElements: 16 << 20,
  transposedChannels: 16,
  transposedBytes: 64 << 20,
  turnedBytes: 48 << 20,
  heldElements: 32 << 20,
  writeBytes: 1 << 20,
};

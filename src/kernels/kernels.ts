import type { SumsWanted } from '../core/metrics/runRecord.ts';
import type { AffineDecodeRule } from '../core/model/model.ts';
import type { Dtype } from '../core/numbers/dtype.ts';
import type { FloatFormat } from '../core/numbers/floatFormat.ts';
import type { BlockTable } from '../core/quantizers/blockCodebook.ts';
import type { AffineQuantizer, BinaryQuantizer, LevelDtype, RangeRule } from '../core/quantizers/quantizer.ts';

export type BackendId = 'ref' | 'wasm';

export {
  RUN_ABSOLUTE_ERROR,
  RUN_CLIPPED,
  RUN_CLIPPED_ERROR,
  RUN_DECODED_ENERGY,
  RUN_DOT,
  RUN_DOUBLES,
  RUN_ELEMENTS,
  RUN_ENERGY,
  RUN_MAX_ERROR,
  RUN_SIGNED_ERROR,
  RUN_SQUARED_ERROR,
  RUN_ZEROED,
  type SumsWanted,
} from '../core/metrics/runRecord.ts';

/** A block of rows of the 2-D view in F32: whole rows, or a part of one row (then `rows` is 1). */
export interface Block {
  /** Pointer to F32 [rows][inputs]. */
  readonly x: number;
  readonly rows: number;
  readonly inputs: number;
  /** Elements that share parameters inside a row; at least `inputs` for units channel and tensor. The last group of a row may be shorter. */
  readonly groupSize: number;
}

/** Levels of a codebook: F32, ascending, [2^bits] for all rows or (unless `perTensor`) [rows][2^bits]. */
export interface LevelTable {
  readonly levels: number;
  readonly bits: number;
  /** Levels of the tensor that have a code, where they are fewer than 2^bits: what follows only fills the codebook. */
  readonly count?: number;
  readonly perTensor: boolean;
}

/** Parameters of the slices of a block: F32 arrays, one entry per slice (row-major), or a single entry when `perTensor`. */
export interface SliceParameters {
  readonly scale: number;
  /** Pointer to F32 zero-points, minima of uniform cells; 0 where the rule has none. */
  readonly zero: number;
  /** Pointer to F32 multipliers of the rules `multiplied`, `float-zero` and `row-absmax`, 0 otherwise. */
  readonly multiplier: number;
  readonly perTensor: boolean;
}

/** Float dtypes that kernels write. */
export type StoredFloat = 'F32' | 'F16' | 'BF16' | 'F8_E4M3' | 'F8_E5M2';

/** Where a cast goes, pointers to F32 [rows][inputs]; 0: not wanted. */
export interface CastTarget {
  /** The narrow floats themselves, before their scale. */
  readonly unscaled: number;
  /** x'. */
  readonly decoded: number;
}

/** Sign planes of a block of rows, a byte a weight: bit p of a code is set where plane p is +1. */
export interface PlaneCodes {
  /** Pointer to U8 [rows][inputs]. */
  readonly codes: number;
  readonly rows: number;
  readonly inputs: number;
  readonly planes: number;
  /** Place of the first column inside its group: a part of a row may begin anywhere. */
  readonly column: number;
  readonly groupSize: number;
  /** Pointer to F32 [rows][groups that the columns lie in][planes]. */
  readonly alpha: number;
}

/** A run of the flattened 2-D view in F32 whose blocks of consecutive elements share a scale, rows not regarded. */
export interface BlockRun {
  /** Pointer to F32 [elements]. */
  readonly x: number;
  readonly elements: number;
  readonly blockSize: number;
  /** Elements of the first block that lie before the run. */
  readonly skipped: number;
  /** Pointer to F32, a scale per block from that one on. */
  readonly scales: number;
}

/** How blocks are encoded by a fixed codebook. */
export interface BlockEncoding {
  readonly table: BlockTable;
  /** Pointer to F32: the scales that a loader will read (they differ from the exact ones where those are quantized in turn). */
  readonly storedScales: number;
  /** Blocks from this one of the run on are divided by their scale, the others multiplied by its reciprocal: the last, shorter block of a tensor. Infinity: none. */
  readonly divided: number;
}

/** Running sums over the elements of a tensor or of a chunk that begins on a run boundary. */
export interface RunState {
  /** Pointer to the scratch state (RUN_STATE_BYTES, zeroed before the first block). */
  readonly state: number;
  /** Pointer to the records of finished runs; the kernel appends and advances the count kept in the state. */
  readonly records: number;
}
export const RUN_STATE_BYTES = 512;
/** What `binaryEncode` needs for an element of the longest slice: its residual and a second code. */
export const BINARY_SCRATCH_BYTES = 8;

/**
 * The kernels, one object per backend and thread. Every pointer is a byte offset into `bytes()`; the caller lays out the
 * memory. `ref` is the truth in plain loops; `wasm` gives the same bytes. Errors are bugs: arguments are trusted.
 */
export interface Kernels {
  readonly backend: BackendId;
  /** First byte that callers may use, 16-aligned. */
  readonly heapBase: number;
  /** The memory as it is now; a view is stale after `reserve`. */
  bytes(): Uint8Array;
  /** Grows the memory to at least this many bytes. */
  reserve(totalBytes: number): void;

  /** Decodes `n` elements at `source` (any alignment) to F32 at `target`; wider dtypes are rounded once. BOOL, I8..U64, F8, F16, BF16, F32, F64. */
  decode(dtype: Dtype, source: number, target: number, n: number): void;
  /**
   * Decodes a strip of a transposed tensor: stored rows are inputs, `storedChannels` elements each; takes channels
   * [firstChannel, firstChannel + channels) of `inputs` rows to F32 [channels][inputs] at `target`.
   */
  decodeTransposed(
    dtype: Dtype,
    source: number,
    storedChannels: number,
    firstChannel: number,
    channels: number,
    inputs: number,
    target: number,
  ): void;

  /** Adds to `counts` (U32 [65536], or [256] for 8-bit dtypes) the bit pattern of each element; of F32 the upper 16 bits. Dtypes BF16, F16, F32, I16, U16 and the 8-bit ones. */
  countPatterns(dtype: Dtype, source: number, n: number, counts: number): void;
  /** Completes `counts`, to which alone patterns were added since the last time: until then some are counted elsewhere. */
  finishCounts(counts: number): void;
  /** Extremes and power sums of F32 elements, added to the state at `moments` (MOMENTS_DOUBLES f64, zeroed before the first call); `firstIndex` is the index of x[0] in the 2-D view. */
  moments(x: number, n: number, moments: number, firstIndex: number): void;
  /** Per row of the block: min, max (F32 [rows]) and Σx² (F64 [rows]) over its finite elements, merged into what the arrays hold already (start with +Infinity, -Infinity, 0). */
  rowRanges(block: Block, min: number, max: number, sumOfSquares: number): void;

  /**
   * As `rowRanges`, straight from stored [rows][inputs] of a 16-bit float: no decode is needed, and it is several times
   * faster. Σx² is good to 1e-6 relative (see ref/rowRangesStored.ts).
   */
  rowRangesStored(
    dtype: 'BF16' | 'F16',
    source: number,
    rows: number,
    inputs: number,
    min: number,
    max: number,
    sumOfSquares: number,
  ): void;

  /**
   * Levels of each row of the block by Lloyd-Max, rounded to the dtype and saturating: F32 [rows][2^bits] at `target`. A row
   * with a weight that is not finite gets NaN. `scratch` holds `lloydMaxScratchBytes(inputs)`, 16-aligned.
   */
  lloydMaxRows(block: Block, bits: number, dtype: LevelDtype, target: number, scratch: number): void;
  /**
   * Codes of a block, packed, with the error of what the loader will compute: the index of the nearest level exactly, on a tie
   * the lower. `codes`, `rowBytes`, `decoded` and `roundTo` as in `affineEncode`; nothing counts as clipped.
   */
  codebookEncode(
    block: Block,
    table: LevelTable,
    roundTo: 'BF16' | 'F16' | null,
    codes: number,
    rowBytes: number,
    decoded: number,
    sums: RunState,
    wanted: SumsWanted,
  ): void;
  /** x' of codes packed as `codebookEncode` packs them. */
  codebookDecode(
    block: Block,
    table: LevelTable,
    codes: number,
    rowBytes: number,
    roundTo: 'BF16' | 'F16' | null,
  ): void;

  /**
   * Range of each slice by the rule: F32 [slices] `low` and `high` (max-magnitude and signed-extreme: in `high`, `low` unused).
   * Merges into the arrays' content when `merge` (one slice over several blocks; unit tensor: pass the block as one row).
   * A slice with an infinite element has an infinite end, one with a NaN has `high` NaN: so a caller sees non-finite weights without a pass.
   */
  affineSearch(block: Block, rule: RangeRule, low: number, high: number, merge: boolean): void;
  /**
   * Narrows the ranges that `affineSearch` found by the quantizer's clip rule; without one they stay as they are. All of a
   * slice lies in the block. Slices that hold a weight that is not finite are left alone.
   */
  clipRanges(block: Block, quantizer: AffineQuantizer, low: number, high: number): void;
  /**
   * As `clipRanges` with the clip `mse`, by a candidate for each slice (F32, 20 to 100) that was found elsewhere: what is no
   * candidate, or is worse than the whole range, is not taken. Returns how many slices keep their whole range.
   */
  takeClips(block: Block, quantizer: AffineQuantizer, low: number, high: number, proposals: number): number;
  /** Stored parameters from ranges for `n` slices; the scale is rounded to its stored dtype and clamped to its finite, non-zero values. Returns how many scales saturated. */
  affineParameters(quantizer: AffineQuantizer, n: number, low: number, high: number, target: SliceParameters): number;
  /**
   * Codes of a block, packed, with the error of what the loader will compute. `codes` (0: not wanted) receives a bit stream
   * of unsigned codes (signed ones + 2^(bits-1)), `rowBytes` per row, padding bits 0 (a part of a row must begin on a byte).
   * `decoded` (0: not wanted) receives x' as F32 [rows][inputs]. x' is rounded to `roundTo` first, where given.
   */
  affineEncode(
    block: Block,
    quantizer: AffineQuantizer,
    parameters: SliceParameters,
    roundTo: 'BF16' | 'F16' | null,
    codes: number,
    rowBytes: number,
    decoded: number,
    sums: RunState,
    wanted: SumsWanted,
  ): void;
  /** x' of packed codes: the inverse of `affineEncode`. `rule` and `codeStorage` as in PackedAffine. */
  affineDecode(
    block: Block,
    rule: AffineDecodeRule,
    codes: number,
    codeStorage: 'stream' | 'i8',
    bits: number,
    rowBytes: number,
    parameters: SliceParameters,
    roundTo: 'BF16' | 'F16' | null,
  ): void;
  /** Largest magnitude of each column of F32 [rows][columns], merged into F32 [columns] `target` (start with 0); infinities and NaN stay. */
  columnMagnitudes(x: number, rows: number, columns: number, target: number): void;
  /**
   * Moves the zero-points of the slices, codes 0 to `highest`, by `rounds` rounds of HQQ's solver (at most HQQ_ROUNDS; see
   * core/quantizers/hqqSolver.ts). Adds Σ|e| of each round to `errors` (F64 [rounds]; 0: not wanted), slice by slice.
   */
  hqqSolve(block: Block, highest: number, rounds: number, parameters: SliceParameters, errors: number): void;
  /** As `hqqSolve`, by zero-points (F32) that were found elsewhere, where Σ|e| does not grow. Returns how many slices keep theirs. */
  takeZeros(block: Block, highest: number, parameters: SliceParameters, proposals: number): number;
  /**
   * Casts of a block: y = x / s rounded to the format (beyond it to its largest value, or to infinity), x' = f32(y·s), rounded to
   * `roundTo` first, where given; `parameters` null: no scale. One scale a row, or one of the tensor. What rounds beyond the
   * largest finite value counts as clipped, whether the cast saturates or not.
   */
  castEncode(
    block: Block,
    format: FloatFormat,
    saturates: boolean,
    parameters: SliceParameters | null,
    roundTo: 'BF16' | 'F16' | null,
    target: CastTarget,
    sums: RunState,
    wanted: SumsWanted,
  ): void;
  /** Fixed point of 9 to 32 bits: codes as I16 (up to 16 bits) or I32, and x' = f32(q·2^-n) as F32; pointers 0: not wanted. */
  fixedPointEncode(
    x: number,
    n: number,
    bits: number,
    fractionBits: number,
    roundTo: 'BF16' | 'F16' | null,
    codes: number,
    decoded: number,
    sums: RunState,
    wanted: SumsWanted,
  ): void;
  /** F32 [rows][columns] times the scale of its row, or one of the tensor, in place. */
  multiplyRows(x: number, rows: number, columns: number, scales: number, perTensor: boolean): void;
  /**
   * Codes of a run by a fixed codebook, with the error of what the loader will compute from the stored scales. `codes` (0: not
   * wanted) receives one byte a code, `decoded` (0: not wanted) x', rounded to `roundTo` where given.
   */
  blockEncode(
    run: BlockRun,
    encoding: BlockEncoding,
    roundTo: 'BF16' | 'F16' | null,
    codes: number,
    decoded: number,
    sums: RunState,
    wanted: SumsWanted,
  ): void;
  /** x' of 4-bit codes, into the run: the code `firstCode` after `codes` is that of its first element; `levels` is F32 [16]. */
  blockDecode(
    run: BlockRun,
    levels: number,
    codes: number,
    firstCode: number,
    highFirst: boolean,
    roundTo: 'BF16' | 'F16' | null,
  ): void;
  /** Packs `n` codes of 4 bits, one a byte, two a byte at `target`: the first of a pair in the high or the low nibble. */
  packNibbles(codes: number, n: number, highFirst: boolean, target: number): void;
  /** Rounds F32 to nearest even into `target` in the dtype (F16 and BF16 overflow to infinity, F8 saturates; F32 copies). */
  encodeFloat(dtype: StoredFloat, x: number, target: number, n: number): void;
  /** As `encodeFloat`, but `target` is a strip of a transposed tensor: [inputs][channels] from F32 [channels][inputs]. */
  encodeFloatTransposed(dtype: StoredFloat, x: number, channels: number, inputs: number, target: number): void;
  /** Appends the sums of x against x' (both F32, n elements). */
  compare(x: number, decoded: number, n: number, sums: RunState, wanted: SumsWanted): void;
  /**
   * Sign planes of whole rows: α as stored (F32 [slices][planes] at `alpha`) and codes (U8 [rows][inputs] at `codes`), see
   * `PlaneCodes`. `scratch`: BINARY_SCRATCH_BYTES for each element of the longest slice.
   */
  binaryEncode(block: Block, quantizer: BinaryQuantizer, alpha: number, codes: number, scratch: number): void;
  /**
   * As `binaryEncode` with planes refined in turn, by α (F32 [slices][planes], here rounded to F16) that were found elsewhere.
   * Returns how many slices keep their greedy planes, whose error is not larger.
   */
  binaryEncodeBy(
    block: Block,
    quantizer: BinaryQuantizer,
    alpha: number,
    codes: number,
    scratch: number,
    proposals: number,
  ): number;
  /** x' of sign planes, F32 [rows][inputs] at `target`, rounded to `roundTo` where given. */
  binaryDecode(planes: PlaneCodes, roundTo: 'BF16' | 'F16' | null, target: number): void;
  /** Codes of rows that begin on a multiple of 8 to U8 [planes][ceil(rows / 8)][inputs] at `target`: a bit a channel, the first lowest, missing ones 0. */
  packPlanes(codes: number, rows: number, inputs: number, planes: number, target: number): void;
  /**
   * Codes of `rows` rows from planes at `source`, `planeBytes` apart, whose rows of bytes are `rowBytes` apart; the first
   * row is bit `firstRow` of the first row of bytes.
   */
  unpackPlanes(
    source: number,
    planeBytes: number,
    rowBytes: number,
    firstRow: number,
    rows: number,
    inputs: number,
    planes: number,
    codes: number,
  ): void;
  /**
   * What the error is like beside its sums. Adds to `rowSums` (F64 [rows][12]: four lanes each of Σ(x-x')², Σx² and
   * Σ(x'-x), column c in lane c mod 4; a part of a row must begin at a multiple of 4) and to `patterns` (U32 [2][32768], lanes in
   * turn), which counts the upper 16 bits of |x-x'| in F32.
   */
  errorDetails(x: number, decoded: number, rows: number, columns: number, rowSums: number, patterns: number): void;
  /** Adds to `counts` (U32 [4][bins], element i to table i mod 4) a histogram of F32 over equal bins of [low, high], whose width and bins per unit are finite in F32; what lies outside counts at the edges. */
  countBins(x: number, n: number, low: number, high: number, bins: number, counts: number): void;
  /** Adds to `counts` (U32 [2^bits]) how often each unsigned code of packed rows occurs. */
  countCodes(codes: number, rows: number, rowBytes: number, inputs: number, bits: number, counts: number): void;
  /** Closes the last, shorter run and returns the number of records. */
  finishRuns(sums: RunState): number;
}

/**
 * f64 of the state that `moments` adds to. The first eleven are for callers: elements seen (non-finite ones included), zeros,
 * NaN, infinities, index of the first non-finite (-1: none), min, max, Σx, Σx², Σx³, Σx⁴ (the last six over finite elements).
 * The rest holds the open run.
 */
export const MOMENTS_DOUBLES = 32;

/** What `lloydMaxRows` needs beside rows of this length: its sorted words twice, and four f64 a bucket and one more. */
export function lloydMaxScratchBytes(inputs: number): number {
  const words = 8 * (inputs + 4);
  return words + 32 * (Math.min(inputs, 2 ** 20) + 1);
}

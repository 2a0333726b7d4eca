import type { AffineDecodeRule } from '../../core/model/model.ts';
import type { Dtype } from '../../core/numbers/dtype.ts';
import type { FloatFormat } from '../../core/numbers/floatFormat.ts';
import type { AffineQuantizer, BinaryQuantizer, LevelDtype, RangeRule } from '../../core/quantizers/quantizer.ts';
import type {
  Block,
  BlockEncoding,
  BlockRun,
  CastTarget,
  Kernels,
  LevelTable,
  PlaneCodes,
  RunState,
  SliceParameters,
  StoredFloat,
  SumsWanted,
} from '../kernels.ts';
import { affineDecode } from './affineDecode.ts';
import { affineEncode } from './affineEncode.ts';
import { affineParameters } from './affineParameters.ts';
import { affineSearch } from './affineSearch.ts';
import { binaryDecode } from './binaryDecode.ts';
import { binaryEncode, binaryEncodeBy } from './binaryEncode.ts';
import { blockDecode } from './blockDecode.ts';
import { blockEncode } from './blockEncode.ts';
import { castEncode } from './castEncode.ts';
import { clipRanges } from './clipRanges.ts';
import { codebookDecode } from './codebookDecode.ts';
import { codebookEncode } from './codebookEncode.ts';
import { columnMagnitudes } from './columnMagnitudes.ts';
import { compare } from './compare.ts';
import { countBins } from './countBins.ts';
import { countCodes } from './countCodes.ts';
import { countPatterns } from './countPatterns.ts';
import { decode, decodeTransposed } from './decode.ts';
import { encodeFloat, encodeFloatTransposed } from './encodeFloat.ts';
import { errorDetails } from './errorDetails.ts';
import { fixedPointEncode } from './fixedPointEncode.ts';
import { hqqSolve } from './hqqSolve.ts';
import { lloydMaxRows } from './lloydMax.ts';
import { moments } from './moments.ts';
import { multiplyRows } from './multiplyRows.ts';
import { packNibbles } from './nibbles.ts';
import { packPlanes, unpackPlanes } from './packPlanes.ts';
import { RefMemory } from './refMemory.ts';
import type { RoundTo } from './roundDecoded.ts';
import { rowRanges } from './rowRanges.ts';
import { rowRangesStored } from './rowRangesStored.ts';
import { finishRuns } from './runSums.ts';
import { takeClips, takeZeros } from './takeProposals.ts';

/** Pointer 0 means "not wanted", so callers start a little above it. */
const HEAP_BASE = 64;

/** The reference backend: plain loops over one buffer. */
export class RefKernels implements Kernels {
  readonly backend = 'ref';
  readonly heapBase = HEAP_BASE;
  readonly #memory = new RefMemory(1 << 16);

  bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  reserve(totalBytes: number): void {
    this.#memory.reserve(totalBytes);
  }

  decode(dtype: Dtype, source: number, target: number, n: number): void {
    decode(this.#memory, dtype, source, target, n);
  }

  decodeTransposed(
    dtype: Dtype,
    source: number,
    storedChannels: number,
    firstChannel: number,
    channels: number,
    inputs: number,
    target: number,
  ): void {
    decodeTransposed(this.#memory, dtype, source, storedChannels, firstChannel, channels, inputs, target);
  }

  countPatterns(dtype: Dtype, source: number, n: number, counts: number): void {
    countPatterns(this.#memory, dtype, source, n, counts);
  }

  /** Counts are complete at any time here. */
  finishCounts(): void {}

  moments(x: number, n: number, state: number, firstIndex: number): void {
    moments(this.#memory, x, n, state, firstIndex);
  }

  rowRanges(block: Block, min: number, max: number, sumOfSquares: number): void {
    rowRanges(this.#memory, block, min, max, sumOfSquares);
  }

  rowRangesStored(
    dtype: 'BF16' | 'F16',
    source: number,
    rows: number,
    inputs: number,
    min: number,
    max: number,
    sumOfSquares: number,
  ): void {
    rowRangesStored(this.#memory, dtype, source, rows, inputs, min, max, sumOfSquares);
  }

  lloydMaxRows(block: Block, bits: number, dtype: LevelDtype, target: number): void {
    lloydMaxRows(this.#memory, block, bits, dtype, target);
  }

  codebookEncode(
    block: Block,
    table: LevelTable,
    roundTo: RoundTo,
    codes: number,
    rowBytes: number,
    decoded: number,
    sums: RunState,
    wanted: SumsWanted,
  ): void {
    codebookEncode(this.#memory, block, table, roundTo, codes, rowBytes, decoded, sums, wanted);
  }

  codebookDecode(block: Block, table: LevelTable, codes: number, rowBytes: number, roundTo: RoundTo): void {
    codebookDecode(this.#memory, block, table, codes, rowBytes, roundTo);
  }

  affineSearch(block: Block, rule: RangeRule, low: number, high: number, merge: boolean): void {
    affineSearch(this.#memory, block, rule, low, high, merge);
  }

  clipRanges(block: Block, quantizer: AffineQuantizer, low: number, high: number): void {
    clipRanges(this.#memory, block, quantizer, low, high);
  }

  takeClips(block: Block, quantizer: AffineQuantizer, low: number, high: number, proposals: number): number {
    return takeClips(this.#memory, block, quantizer, low, high, proposals);
  }

  affineParameters(quantizer: AffineQuantizer, n: number, low: number, high: number, target: SliceParameters): number {
    return affineParameters(this.#memory, quantizer, n, low, high, target);
  }

  affineEncode(
    block: Block,
    quantizer: AffineQuantizer,
    parameters: SliceParameters,
    roundTo: RoundTo,
    codes: number,
    rowBytes: number,
    decoded: number,
    sums: RunState,
    wanted: SumsWanted,
  ): void {
    affineEncode(this.#memory, block, quantizer, parameters, roundTo, codes, rowBytes, decoded, sums, wanted);
  }

  affineDecode(
    block: Block,
    rule: AffineDecodeRule,
    codes: number,
    codeStorage: 'stream' | 'i8',
    bits: number,
    rowBytes: number,
    parameters: SliceParameters,
    roundTo: RoundTo,
  ): void {
    affineDecode(this.#memory, block, rule, codes, codeStorage, bits, rowBytes, parameters, roundTo);
  }

  columnMagnitudes(x: number, rows: number, columns: number, target: number): void {
    columnMagnitudes(this.#memory, x, rows, columns, target);
  }

  hqqSolve(block: Block, highest: number, rounds: number, parameters: SliceParameters, errors: number): void {
    hqqSolve(this.#memory, block, highest, rounds, parameters, errors);
  }

  takeZeros(block: Block, highest: number, parameters: SliceParameters, proposals: number): number {
    return takeZeros(this.#memory, block, highest, parameters, proposals);
  }

  castEncode(
    block: Block,
    format: FloatFormat,
    saturates: boolean,
    parameters: SliceParameters | null,
    roundTo: RoundTo,
    target: CastTarget,
    sums: RunState,
    wanted: SumsWanted,
  ): void {
    castEncode(this.#memory, block, format, saturates, parameters, roundTo, target, sums, wanted);
  }

  fixedPointEncode(
    x: number,
    n: number,
    bits: number,
    fractionBits: number,
    roundTo: RoundTo,
    codes: number,
    decoded: number,
    sums: RunState,
    wanted: SumsWanted,
  ): void {
    fixedPointEncode(this.#memory, x, n, bits, fractionBits, roundTo, codes, decoded, sums, wanted);
  }

  multiplyRows(x: number, rows: number, columns: number, scales: number, perTensor: boolean): void {
    multiplyRows(this.#memory, x, rows, columns, scales, perTensor);
  }

  blockEncode(
    run: BlockRun,
    encoding: BlockEncoding,
    roundTo: RoundTo,
    codes: number,
    decoded: number,
    sums: RunState,
    wanted: SumsWanted,
  ): void {
    blockEncode(this.#memory, run, encoding, roundTo, codes, decoded, sums, wanted);
  }

  blockDecode(
    run: BlockRun,
    levels: number,
    codes: number,
    firstCode: number,
    highFirst: boolean,
    roundTo: RoundTo,
  ): void {
    blockDecode(this.#memory, run, levels, codes, firstCode, highFirst, roundTo);
  }

  packNibbles(codes: number, n: number, highFirst: boolean, target: number): void {
    packNibbles(this.#memory, codes, n, highFirst, target);
  }

  encodeFloat(dtype: StoredFloat, x: number, target: number, n: number): void {
    encodeFloat(this.#memory, dtype, x, target, n);
  }

  encodeFloatTransposed(dtype: StoredFloat, x: number, channels: number, inputs: number, target: number): void {
    encodeFloatTransposed(this.#memory, dtype, x, channels, inputs, target);
  }

  compare(x: number, decoded: number, n: number, sums: RunState, wanted: SumsWanted): void {
    compare(this.#memory, x, decoded, n, sums, wanted);
  }

  binaryEncode(block: Block, quantizer: BinaryQuantizer, alpha: number, codes: number): void {
    binaryEncode(this.#memory, block, quantizer, alpha, codes);
  }

  binaryEncodeBy(
    block: Block,
    quantizer: BinaryQuantizer,
    alpha: number,
    codes: number,
    _scratch: number,
    proposals: number,
  ): number {
    return binaryEncodeBy(this.#memory, block, quantizer, alpha, codes, proposals);
  }

  binaryDecode(planes: PlaneCodes, roundTo: RoundTo, target: number): void {
    binaryDecode(this.#memory, planes, roundTo, target);
  }

  packPlanes(codes: number, rows: number, inputs: number, planes: number, target: number): void {
    packPlanes(this.#memory, codes, rows, inputs, planes, target);
  }

  unpackPlanes(
    source: number,
    planeBytes: number,
    rowBytes: number,
    firstRow: number,
    rows: number,
    inputs: number,
    planes: number,
    codes: number,
  ): void {
    unpackPlanes(this.#memory, source, planeBytes, rowBytes, firstRow, rows, inputs, planes, codes);
  }

  errorDetails(x: number, decoded: number, rows: number, columns: number, rowSums: number, patterns: number): void {
    errorDetails(this.#memory, x, decoded, rows, columns, rowSums, patterns);
  }

  countBins(x: number, n: number, low: number, high: number, bins: number, counts: number): void {
    countBins(this.#memory, x, n, low, high, bins, counts);
  }

  countCodes(codes: number, rows: number, rowBytes: number, inputs: number, bits: number, counts: number): void {
    countCodes(this.#memory, codes, rows, rowBytes, inputs, bits, counts);
  }

  finishRuns(sums: RunState): number {
    return finishRuns(this.#memory, sums);
  }
}

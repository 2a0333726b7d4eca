import type { AffineDecodeRule } from '../core/model/model.ts';
import type { Dtype } from '../core/numbers/dtype.ts';
import type { FloatFormat } from '../core/numbers/floatFormat.ts';
import { type BlockTable, blockCodebookOf } from '../core/quantizers/blockCodebook.ts';
import type { ClipRule } from '../core/quantizers/clipRule.ts';
import type {
  AffineQuantizer,
  AffineRule,
  BinaryQuantizer,
  LevelDtype,
  RangeRule,
} from '../core/quantizers/quantizer.ts';
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
} from './kernels.ts';

/** Numbers at the border to WASM. Twin: wasm/codes.ts. */
const DTYPES: Partial<Readonly<Record<Dtype, number>>> = {
  F32: 0,
  F16: 1,
  BF16: 2,
  F64: 3,
  BOOL: 4,
  U8: 5,
  I8: 6,
  F8_E4M3: 7,
  F8_E5M2: 8,
  U16: 9,
  I16: 10,
  U32: 11,
  I32: 12,
  U64: 13,
  I64: 14,
};
const ROUND_TO = { none: 0, F16: 1, BF16: 2 } as const;
const RANGE_RULES: Readonly<Record<RangeRule, number>> = {
  'max-magnitude': 0,
  'signed-extreme': 1,
  'min-max': 2,
  'min-max-zero': 3,
};
const AFFINE_RULES: Readonly<Record<AffineRule, number>> = {
  symmetric: 0,
  'integer-zero': 1,
  multiplied: 2,
  cells: 3,
  'float-zero': 4,
  'row-absmax': 5,
};
const DECODE_RULES: Readonly<Record<AffineDecodeRule, number>> = {
  scaled: 0,
  cells: 1,
  'float-zero': 2,
  'row-absmax': 3,
};
/** Places of the codebooks' tables. Twin: `blockTable` of wasm/blockEncode.ts. */
const BLOCK_TABLES: Readonly<Record<BlockTable, number>> = { nf4: 0, fp4: 1 };
const CLIP_RULES: Readonly<Record<ClipRule['kind'], number>> = { percentile: 0, sigma: 1, absolute: 2, mse: 3, kl: 4 };
const CODE_STORAGES = { stream: 0, i8: 1 } as const;

/** Bytes per element of the dtypes that have a value table. */
const TABLE_BYTES: Partial<Readonly<Record<Dtype, number>>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  F32: 4,
};

/** Pointers and counts are u32, floats f32 or f64, flags 0 or 1; see the functions of the same names under wasm/. */
type Export = (...numbers: (number | boolean)[]) => number;
const EXPORTS = [
  'heapBase',
  'decode',
  'decodeTransposed',
  'countPatterns',
  'finishCounts',
  'moments',
  'rowRanges',
  'rowRangesStored',
  'lloydMaxRows',
  'codebookEncode',
  'codebookDecode',
  'affineSearch',
  'clipRanges',
  'takeClips',
  'takeZeros',
  'binaryEncodeBy',
  'affineParameters',
  'affineEncode',
  'affineDecode',
  'hqqSolve',
  'columnMagnitudes',
  'castEncode',
  'fixedPointEncode',
  'multiplyRows',
  'binaryEncode',
  'binaryDecode',
  'packPlanes',
  'unpackPlanes',
  'encodeFloat',
  'encodeFloatTransposed',
  'blockTable',
  'blockEncode',
  'blockDecode',
  'packNibbles',
  'compare',
  'errorDetails',
  'countBins',
  'countCodes',
  'finishRuns',
] as const;
type Exports = Readonly<Record<(typeof EXPORTS)[number], Export>>;

/** Beyond every block of a run. */
const NO_BLOCK = 2 ** 32 - 1;

const PAGE_BYTES = 65536;
const MAX_PAGES = 65536;

/** Bit p is set where plane p takes the middle of the extremes. */
function rulesOf({ planes }: BinaryQuantizer): number {
  return planes.reduce((bits, rule, plane) => bits | (rule === 'sup' ? 1 << plane : 0), 0);
}

/** Throws for a dtype that the kernels have no code for: a bug of the caller. */
function codeOf(table: Partial<Readonly<Record<Dtype, number>>>, dtype: Dtype): number {
  const code = table[dtype];
  if (code === undefined) throw new Error(`no kernel for ${dtype}`);
  return code;
}

/** A slice never exceeds its row, so larger group sizes (unit channel) fit into u32 this way. */
function groupSizeOf(block: Block): number {
  return Math.min(block.groupSize, block.inputs);
}

/** What parameters follow from, in the order in which the kernels take it. */
function gridOf({ rule, bits, scaleDtype, divisor, lo, hi, zeroScale = 1 }: AffineQuantizer): number[] {
  return [AFFINE_RULES[rule], bits, codeOf(DTYPES, scaleDtype), divisor, lo, hi, zeroScale];
}

/** The numbers of a clip rule, 0 where it has none. */
function valuesOf(clip: ClipRule): readonly [first: number, second: number] {
  switch (clip.kind) {
    case 'percentile':
      return [clip.percent, 0];
    case 'sigma':
      return [clip.deviations, 0];
    case 'absolute':
      return [clip.low, clip.high];
    case 'mse':
      return [0, 0];
    case 'kl':
      throw new Error('KL calibration is one of the whole tensor');
  }
}

/** The WASM SIMD backend: the reference's bytes, computed four lanes at a time. */
export class WasmKernels implements Kernels {
  readonly backend = 'wasm';
  readonly heapBase: number;
  readonly #memory: WebAssembly.Memory;
  readonly #run: Exports;
  #bytes: Uint8Array;

  private constructor(memory: WebAssembly.Memory, run: Exports) {
    this.#memory = memory;
    this.#run = run;
    this.#bytes = new Uint8Array(memory.buffer);
    this.heapBase = run.heapBase();
    this.#writeBlockTables();
  }

  /** Compiles the kernels' bytes and gives them a memory of their own. */
  static async create(wasm: BufferSource): Promise<WasmKernels> {
    const memory = new WebAssembly.Memory({ initial: 16, maximum: MAX_PAGES });
    const { instance } = await WebAssembly.instantiate(wasm, { env: { memory } });
    return new WasmKernels(memory, instance.exports as unknown as Exports);
  }

  bytes(): Uint8Array {
    return this.#bytes;
  }

  reserve(totalBytes: number): void {
    const missing = totalBytes - this.#bytes.length;
    if (missing <= 0) return;
    this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }

  decode(dtype: Dtype, source: number, target: number, n: number): void {
    this.#run.decode(codeOf(DTYPES, dtype), source, target, n);
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
    this.#run.decodeTransposed(codeOf(DTYPES, dtype), source, storedChannels, firstChannel, channels, inputs, target);
  }

  countPatterns(dtype: Dtype, source: number, n: number, counts: number): void {
    this.#run.countPatterns(codeOf(TABLE_BYTES, dtype), source, n, counts);
  }

  finishCounts(counts: number): void {
    this.#run.finishCounts(counts);
  }

  moments(x: number, n: number, state: number, firstIndex: number): void {
    this.#run.moments(x, n, state, firstIndex);
  }

  rowRanges(block: Block, min: number, max: number, sumOfSquares: number): void {
    this.#run.rowRanges(block.x, block.rows, block.inputs, min, max, sumOfSquares);
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
    this.#run.rowRangesStored(codeOf(DTYPES, dtype), source, rows, inputs, min, max, sumOfSquares);
  }

  lloydMaxRows(block: Block, bits: number, dtype: LevelDtype, target: number, scratch: number): void {
    this.#run.lloydMaxRows(block.x, block.rows, block.inputs, bits, codeOf(DTYPES, dtype), target, scratch);
  }

  codebookEncode(
    block: Block,
    table: LevelTable,
    roundTo: 'BF16' | 'F16' | null,
    codes: number,
    rowBytes: number,
    decoded: number,
    sums: RunState,
    wanted: SumsWanted,
  ): void {
    this.#run.codebookEncode(
      block.x,
      block.rows,
      block.inputs,
      table.levels,
      table.bits,
      table.count ?? 2 ** table.bits,
      table.perTensor,
      ROUND_TO[roundTo ?? 'none'],
      codes,
      rowBytes,
      decoded,
      sums.state,
      sums.records,
      wanted === 'full',
    );
  }

  codebookDecode(
    block: Block,
    table: LevelTable,
    codes: number,
    rowBytes: number,
    roundTo: 'BF16' | 'F16' | null,
  ): void {
    this.#run.codebookDecode(
      block.x,
      block.rows,
      block.inputs,
      table.levels,
      table.bits,
      table.perTensor,
      codes,
      rowBytes,
      ROUND_TO[roundTo ?? 'none'],
    );
  }

  affineSearch(block: Block, rule: RangeRule, low: number, high: number, merge: boolean): void {
    this.#run.affineSearch(block.x, block.rows, block.inputs, groupSizeOf(block), RANGE_RULES[rule], low, high, merge);
  }

  clipRanges(block: Block, quantizer: AffineQuantizer, low: number, high: number): void {
    const { clip, range } = quantizer;
    if (clip === undefined) return;
    const [first, second] = valuesOf(clip);
    this.#run.clipRanges(
      block.x,
      block.rows,
      block.inputs,
      groupSizeOf(block),
      RANGE_RULES[range],
      CLIP_RULES[clip.kind],
      first,
      second,
      ...gridOf(quantizer),
      low,
      high,
    );
  }

  affineParameters(quantizer: AffineQuantizer, n: number, low: number, high: number, target: SliceParameters): number {
    return this.#run.affineParameters(...gridOf(quantizer), n, low, high, target.scale, target.zero, target.multiplier);
  }

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
  ): void {
    this.#run.affineEncode(
      block.x,
      block.rows,
      block.inputs,
      groupSizeOf(block),
      AFFINE_RULES[quantizer.rule],
      quantizer.bits,
      quantizer.lo,
      quantizer.hi,
      parameters.scale,
      parameters.zero,
      parameters.multiplier,
      parameters.perTensor,
      ROUND_TO[roundTo ?? 'none'],
      codes,
      rowBytes,
      decoded,
      sums.state,
      sums.records,
      wanted === 'full',
    );
  }

  affineDecode(
    block: Block,
    rule: AffineDecodeRule,
    codes: number,
    codeStorage: 'stream' | 'i8',
    bits: number,
    rowBytes: number,
    parameters: SliceParameters,
    roundTo: 'BF16' | 'F16' | null,
  ): void {
    this.#run.affineDecode(
      block.x,
      block.rows,
      block.inputs,
      groupSizeOf(block),
      DECODE_RULES[rule],
      codes,
      CODE_STORAGES[codeStorage],
      bits,
      rowBytes,
      parameters.scale,
      parameters.zero,
      parameters.perTensor,
      ROUND_TO[roundTo ?? 'none'],
    );
  }

  columnMagnitudes(x: number, rows: number, columns: number, target: number): void {
    this.#run.columnMagnitudes(x, rows, columns, target);
  }

  takeClips(block: Block, quantizer: AffineQuantizer, low: number, high: number, proposals: number): number {
    const { x, rows, inputs } = block;
    const range = RANGE_RULES[quantizer.range];
    const grid = gridOf(quantizer);
    return this.#run.takeClips(x, rows, inputs, groupSizeOf(block), range, ...grid, low, high, proposals);
  }

  takeZeros(block: Block, highest: number, { zero, multiplier }: SliceParameters, proposals: number): number {
    const { x, rows, inputs } = block;
    return this.#run.takeZeros(x, rows, inputs, groupSizeOf(block), highest, zero, multiplier, proposals);
  }

  hqqSolve(block: Block, highest: number, rounds: number, parameters: SliceParameters, errors: number): void {
    const { zero, multiplier } = parameters;
    const { x, rows, inputs } = block;
    this.#run.hqqSolve(x, rows, inputs, groupSizeOf(block), highest, rounds, zero, multiplier, errors);
  }

  castEncode(
    block: Block,
    { exponentBits, mantissaBits, kind }: FloatFormat,
    saturates: boolean,
    parameters: SliceParameters | null,
    roundTo: 'BF16' | 'F16' | null,
    target: CastTarget,
    sums: RunState,
    wanted: SumsWanted,
  ): void {
    this.#run.castEncode(
      block.x,
      block.rows,
      block.inputs,
      exponentBits,
      mantissaBits,
      kind === 'fn',
      saturates,
      parameters?.scale ?? 0,
      parameters?.perTensor ?? false,
      ROUND_TO[roundTo ?? 'none'],
      target.unscaled,
      target.decoded,
      sums.state,
      sums.records,
      wanted === 'full',
    );
  }

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
  ): void {
    const rounding = ROUND_TO[roundTo ?? 'none'];
    const isFull = wanted === 'full';
    this.#run.fixedPointEncode(x, n, bits, fractionBits, rounding, codes, decoded, sums.state, sums.records, isFull);
  }

  multiplyRows(x: number, rows: number, columns: number, scales: number, perTensor: boolean): void {
    this.#run.multiplyRows(x, rows, columns, scales, perTensor);
  }

  blockEncode(
    run: BlockRun,
    { table, storedScales, divided }: BlockEncoding,
    roundTo: 'BF16' | 'F16' | null,
    codes: number,
    decoded: number,
    sums: RunState,
    wanted: SumsWanted,
  ): void {
    this.#run.blockEncode(
      run.x,
      run.elements,
      run.skipped,
      run.blockSize,
      run.scales,
      BLOCK_TABLES[table],
      Math.min(divided, NO_BLOCK),
      storedScales,
      ROUND_TO[roundTo ?? 'none'],
      codes,
      decoded,
      sums.state,
      sums.records,
      wanted === 'full',
    );
  }

  blockDecode(
    run: BlockRun,
    levels: number,
    codes: number,
    firstCode: number,
    highFirst: boolean,
    roundTo: 'BF16' | 'F16' | null,
  ): void {
    const { x, elements, skipped, blockSize, scales } = run;
    const rounding = ROUND_TO[roundTo ?? 'none'];
    this.#run.blockDecode(x, elements, skipped, blockSize, scales, levels, codes, firstCode, highFirst, rounding);
  }

  packNibbles(codes: number, n: number, highFirst: boolean, target: number): void {
    this.#run.packNibbles(codes, n, highFirst, target);
  }

  encodeFloat(dtype: StoredFloat, x: number, target: number, n: number): void {
    this.#run.encodeFloat(codeOf(DTYPES, dtype), x, target, n);
  }

  encodeFloatTransposed(dtype: StoredFloat, x: number, channels: number, inputs: number, target: number): void {
    this.#run.encodeFloatTransposed(codeOf(DTYPES, dtype), x, channels, inputs, target);
  }

  compare(x: number, decoded: number, n: number, sums: RunState, wanted: SumsWanted): void {
    this.#run.compare(x, decoded, n, sums.state, sums.records, wanted === 'full');
  }

  binaryEncode(block: Block, quantizer: BinaryQuantizer, alpha: number, codes: number, scratch: number): void {
    const rules = rulesOf(quantizer);
    this.#run.binaryEncode(
      block.x,
      block.rows,
      block.inputs,
      groupSizeOf(block),
      quantizer.planes.length,
      rules,
      quantizer.method === 'alternating',
      alpha,
      codes,
      scratch,
    );
  }

  binaryEncodeBy(
    block: Block,
    quantizer: BinaryQuantizer,
    alpha: number,
    codes: number,
    scratch: number,
    proposals: number,
  ): number {
    const { x, rows, inputs } = block;
    const [groupSize, planes, rules] = [groupSizeOf(block), quantizer.planes.length, rulesOf(quantizer)];
    return this.#run.binaryEncodeBy(x, rows, inputs, groupSize, planes, rules, alpha, codes, scratch, proposals);
  }

  binaryDecode(planes: PlaneCodes, roundTo: 'BF16' | 'F16' | null, target: number): void {
    const { codes, rows, inputs, column, groupSize, alpha } = planes;
    this.#run.binaryDecode(
      codes,
      rows,
      inputs,
      planes.planes,
      column,
      Math.min(groupSize, column + inputs),
      alpha,
      ROUND_TO[roundTo ?? 'none'],
      target,
    );
  }

  packPlanes(codes: number, rows: number, inputs: number, planes: number, target: number): void {
    this.#run.packPlanes(codes, rows, inputs, planes, target);
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
    this.#run.unpackPlanes(source, planeBytes, rowBytes, firstRow, rows, inputs, planes, codes);
  }

  errorDetails(x: number, decoded: number, rows: number, columns: number, rowSums: number, patterns: number): void {
    this.#run.errorDetails(x, decoded, rows, columns, rowSums, patterns);
  }

  countBins(x: number, n: number, low: number, high: number, bins: number, counts: number): void {
    this.#run.countBins(x, n, low, high, bins, counts);
  }

  countCodes(codes: number, rows: number, rowBytes: number, inputs: number, bits: number, counts: number): void {
    this.#run.countCodes(codes, rows, rowBytes, inputs, bits, counts);
  }

  finishRuns(sums: RunState): number {
    return this.#run.finishRuns(sums.state, sums.records);
  }

  /** Thresholds and levels by rank (F32 [16] each), codes by rank (U8 [16]), buckets (U8 [32]), steps (U32). */
  #writeBlockTables(): void {
    for (const table of ['nf4', 'fp4'] as const) {
      const { thresholds, levels, order, buckets, steps } = blockCodebookOf(table);
      const target = this.#run.blockTable(BLOCK_TABLES[table]);
      const byRank = Float32Array.from(order, (code) => levels[code]!);
      this.#bytes.set(new Uint8Array(thresholds.buffer), target);
      this.#bytes.set(new Uint8Array(byRank.buffer), target + 64);
      this.#bytes.set(order, target + 128);
      this.#bytes.set(buckets, target + 144);
      this.#bytes[target + 176] = steps;
    }
  }
}

import type { DetailCounts } from '../../core/metrics/errorDetails.ts';
import type { View2D } from '../../core/model/model.ts';
import type { NestedScales } from '../../core/quantizers/nestedScales.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import type { DetailsWanted } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { Tile, TilePlan } from '../tiles.ts';
import { DetailCounter } from './detailCounter.ts';
import type { CodesPlace, EncodedTile, PassSink, SignPlanes, StoredParameters } from './passSink.ts';

/** Looks at what passes by on its way to another sink: the codes as they are packed, and the errors. */
export class DetailSink implements PassSink {
  readonly #scope: CallScope;
  readonly #inner: PassSink;
  readonly #errors: DetailCounter | null;
  /** Bits of a code; 0 where codes are not counted. */
  readonly #bits: number;
  readonly #counts: number;
  /** Room for the codes of a tile that nobody else wants. */
  readonly #codes: number;
  #place: CodesPlace | null = null;
  #uncounted: Tile | null = null;

  constructor(
    scope: CallScope,
    inner: PassSink,
    wanted: DetailsWanted,
    quantizer: Quantizer,
    view: View2D,
    plan: TilePlan,
  ) {
    this.#scope = scope;
    this.#inner = inner;
    this.#errors = wanted.errors ? new DetailCounter(scope, wanted, view.inputs, plan) : null;
    this.#bits = wanted.codes ? codeBitsOf(quantizer) : 0;
    this.#counts = scope.arena.take(4 * 256);
    scope.arena.wordsAt(this.#counts, 256).fill(0);
    this.#codes = this.#bits === 0 ? 0 : scope.arena.take(plan.rows * Math.ceil((plan.columns * this.#bits) / 8));
  }

  get wantsDecoded(): boolean {
    return this.#errors !== null || this.#inner.wantsDecoded;
  }

  get wantsUnscaled(): boolean {
    return this.#inner.wantsUnscaled;
  }

  takeUnscaled(tile: Tile, unscaled: number): void {
    this.#inner.takeUnscaled(tile, unscaled);
  }

  takeFraction(fractionBits: number): void {
    this.#inner.takeFraction(fractionBits);
  }

  get wantsCodes(): boolean {
    return this.#bits > 0 || this.#inner.wantsCodes === true;
  }

  takeCodes(tile: Tile, codes: number): void {
    this.#countBytes(tile, codes);
    if (this.#inner.wantsCodes === true) this.#inner.takeCodes?.(tile, codes);
  }

  takePlanes(tile: Tile, planes: SignPlanes): void {
    this.#countBytes(tile, planes.codes);
    this.#inner.takePlanes(tile, planes);
  }

  takeNested(nested: NestedScales, offset: number): void {
    this.#inner.takeNested?.(nested, offset);
  }

  takeApart(tile: Tile, x: number): void {
    this.#inner.takeApart?.(tile, x);
  }

  placeCodes(tile: Tile): CodesPlace | null {
    this.#countCodes();
    const place = this.#inner.placeCodes(tile);
    if (this.#bits === 0) return place;
    this.#place = place ?? { pointer: this.#codes, rowBytes: Math.ceil((tile.columns * this.#bits) / 8) };
    this.#uncounted = tile;
    return this.#place;
  }

  takeParameters(slices: number, parameters: StoredParameters): void {
    this.#inner.takeParameters(slices, parameters);
  }

  takeDecoded(tile: Tile, x: number, decoded: number, encoded: EncodedTile | null): void {
    this.#countCodes();
    this.#errors?.add(tile, x, decoded);
    if (this.#inner.wantsDecoded) this.#inner.takeDecoded(tile, x, decoded, encoded);
  }

  /** Before the inner sink is finished. */
  finish(): void {
    this.#countCodes();
    this.#inner.finish?.();
  }

  /** After `finish`; null where neither errors nor codes were looked at. */
  get details(): DetailCounts | null {
    const counts = this.#scope.arena.wordsAt(this.#counts, 2 ** this.#bits);
    const codeCounts = this.#bits === 0 ? null : new Float64Array(counts);
    if (this.#errors !== null) return this.#errors.finish(codeCounts);
    if (codeCounts === null) return null;
    const none = { patterns: new Uint16Array(0), patternCounts: new Float64Array(0), lowestSqnr: null };
    return { ...none, largestBias: null, codeCounts, bins: null };
  }

  /** Codes that come one a byte. */
  #countBytes({ rows, columns }: Tile, codes: number): void {
    if (this.#bits > 0) this.#scope.kernels.countCodes(codes, rows, columns, columns, 8, this.#counts);
  }

  /** Codes are in their place once the pass comes back, and gone when it asks for the next. */
  #countCodes(): void {
    if (this.#uncounted === null || this.#place === null) return;
    const { rows, columns } = this.#uncounted;
    const { pointer, rowBytes } = this.#place;
    this.#scope.kernels.countCodes(pointer, rows, rowBytes, columns, this.#bits, this.#counts);
    this.#uncounted = null;
  }
}

/** Bits of codes of at most 8 each (of sign planes the number of planes), else 0: casts have no codes. */
function codeBitsOf(quantizer: Quantizer): number {
  switch (quantizer.family) {
    case 'affine':
    case 'codebook':
    case 'binary':
      return quantizer.bits;
    case 'fixed-point':
      return quantizer.bits <= 8 ? quantizer.bits : 0;
    default:
      return 0;
  }
}

import type { NestedScales } from '../../core/quantizers/nestedScales.ts';
import type { Tile } from '../tiles.ts';

/** What is stored of slices besides codes: pointers to F32, one a slice unless said otherwise; 0 or absent where there is none. */
export interface StoredParameters {
  readonly scale?: number;
  readonly zero?: number;
  /** 2^bits a slice. */
  readonly levels?: number;
}

/** What becomes of the results of a pass, tile by tile in the order of the view. */
export interface PassSink {
  /** True where `takeDecoded` needs x'. */
  readonly wantsDecoded: boolean;
  /** Where the kernel puts the codes of the tile and how many bytes a row of them takes; null where nobody wants codes. */
  placeCodes(tile: Tile): CodesPlace | null;
  /** Stored parameters of the next `slices` slices (one in all for unit tensor). */
  takeParameters(slices: number, parameters: StoredParameters): void;
  /** True where `takeUnscaled` is wanted: of casts with a scale. */
  readonly wantsUnscaled: boolean;
  /** The narrow floats of a cast before they are multiplied by their scale, as F32 in kernel memory. */
  takeUnscaled(tile: Tile, unscaled: number): void;
  /** Bits after the point of fixed point, before the first tile. */
  takeFraction(fractionBits: number): void;
  /** True where `takeCodes` needs the codes of a codebook. */
  readonly wantsCodes?: boolean;
  /** Codes of the tile, one a byte, in kernel memory. */
  takeCodes?(tile: Tile, codes: number): void;
  /** Block scales of the whole chunk as they are quantized in turn, and their mean over the tensor. */
  takeNested?(nested: NestedScales, offset: number): void;
  /** Sign planes of a tile of whole rows, which begins on a multiple of eight channels. */
  takePlanes(tile: Tile, planes: SignPlanes): void;
  /** x of the tile, F32 in kernel memory, where the quantizer keeps some of its columns apart. */
  takeApart?(tile: Tile, x: number): void;
  /** x and x' of the tile, F32 in kernel memory; `encoded` is x' once more, where it is at hand in a narrower dtype. */
  takeDecoded(tile: Tile, x: number, decoded: number, encoded: EncodedTile | null): void;
  /** After the last tile: writes what is not written yet. @throws Failure `save/*` */
  finish?(): void;
}

/** Sign planes in kernel memory. */
export interface SignPlanes {
  /** Pointer to U8 [rows][inputs]: bit p of a code is set where plane p is +1. */
  readonly codes: number;
  /** Pointer to F32 [slices][planes]. */
  readonly alpha: number;
  readonly slices: number;
  readonly planes: number;
}

export interface EncodedTile {
  readonly dtype: 'F16' | 'BF16';
  readonly pointer: number;
}

export interface CodesPlace {
  readonly pointer: number;
  readonly rowBytes: number;
}

/** Only the error is wanted. */
export const MEASURE_ONLY: PassSink = {
  wantsDecoded: false,
  wantsUnscaled: false,
  placeCodes: () => null,
  takeParameters: () => {},
  takeUnscaled: () => {},
  takeFraction: () => {},
  takePlanes: () => {},
  takeDecoded: () => {},
};

/** Planes of one slice: α of each, and of each weight the number formed by its signs, bit p set where B_p = +1. */
export interface Planes {
  readonly alpha: Float32Array;
  readonly codes: Uint8Array;
}

/** Bits of one element, in the alignment order of the reference's `Dtype` enum (safetensors `tensor.rs`). */
const BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

/** Element type of a tensor, spelled as in the file. */
export type Dtype = keyof typeof BITS;

/** Every dtype in the reference writer's alignment order, which it sorts by, descending. */
export const DTYPES: readonly Dtype[] = Object.keys(BITS) as Dtype[];

const BITS_BY_NAME: ReadonlyMap<string, number> = new Map(Object.entries(BITS));

/** True for the spelling of a dtype; case matters, as it does to the reference. */
export function isDtype(name: string): name is Dtype {
  return BITS_BY_NAME.has(name);
}

/** Bits of one element: 4 and 6 for the sub-byte floats, else 8, 16, 32 or 64. */
export function dtypeBits(dtype: Dtype): number {
  return BITS[dtype];
}

/** Numbers that stand for words of the interface at the border to JavaScript. Twin: wasmKernels.ts. */

export const ROUND_NONE: i32 = 0;
export const ROUND_F16: i32 = 1;
export const ROUND_BF16: i32 = 2;

export const DTYPE_F32: i32 = 0;
export const DTYPE_F16: i32 = 1;
export const DTYPE_BF16: i32 = 2;
export const DTYPE_F64: i32 = 3;
export const DTYPE_BOOL: i32 = 4;
export const DTYPE_U8: i32 = 5;
export const DTYPE_I8: i32 = 6;
export const DTYPE_F8_E4M3: i32 = 7;
export const DTYPE_F8_E5M2: i32 = 8;
export const DTYPE_U16: i32 = 9;
export const DTYPE_I16: i32 = 10;
export const DTYPE_U32: i32 = 11;
export const DTYPE_I32: i32 = 12;
export const DTYPE_U64: i32 = 13;
export const DTYPE_I64: i32 = 14;

export const RANGE_MAX_MAGNITUDE: i32 = 0;
export const RANGE_SIGNED_EXTREME: i32 = 1;
export const RANGE_MIN_MAX: i32 = 2;
export const RANGE_MIN_MAX_ZERO: i32 = 3;

export const CLIP_PERCENTILE: i32 = 0;
export const CLIP_SIGMA: i32 = 1;
export const CLIP_ABSOLUTE: i32 = 2;
export const CLIP_MSE: i32 = 3;

export const RULE_SYMMETRIC: i32 = 0;
export const RULE_INTEGER_ZERO: i32 = 1;
export const RULE_MULTIPLIED: i32 = 2;
export const RULE_CELLS: i32 = 3;
export const RULE_FLOAT_ZERO: i32 = 4;
export const RULE_ROW_ABSMAX: i32 = 5;

export const DECODE_SCALED: i32 = 0;
export const DECODE_CELLS: i32 = 1;
export const DECODE_FLOAT_ZERO: i32 = 2;
export const DECODE_ROW_ABSMAX: i32 = 3;

export const STORAGE_STREAM: i32 = 0;
export const STORAGE_I8: i32 = 1;

import type { StoredTensor, TensorSource } from './model.ts';

/** The stored tensor that a source mostly consists of: where reading it begins. */
export function mainPartOf(source: TensorSource): StoredTensor {
  switch (source.kind) {
    case 'raw':
      return source.data;
    case 'binary':
      return source.planes;
    default:
      return source.codes;
  }
}

/** The dtype to which the loader of a packed tensor rounds x'; null for F32 and for tensors stored as they are. */
export function loadedDtypeOf(source: TensorSource): 'BF16' | 'F16' | null {
  return 'roundTo' in source ? source.roundTo : null;
}

import type { Dtype } from 'safetensors-js';
import { loadedDtypeOf } from '../../core/model/mainPart.ts';
import type { TensorSource } from '../../core/model/model.ts';
import { patternValuesOf } from '../../core/stats/patternValues.ts';
import type { TableKind, ValueTable } from '../../core/stats/summary.ts';

const EXACT_KINDS: ReadonlySet<Dtype> = new Set<Dtype & TableKind>([
  'BF16',
  'F16',
  'F8_E4M3',
  'F8_E5M2',
  'I8',
  'U8',
  'BOOL',
  'I16',
  'U16',
]);

/** The kind of value table of a source: exact where 16 bits hold every value, of all others by the upper half of the F32. */
export function tableKindOf(source: TensorSource): TableKind {
  if (source.kind !== 'raw') return loadedDtypeOf(source) ?? 'F32-high';
  const { dtype } = source.data;
  return EXACT_KINDS.has(dtype) ? (dtype as TableKind) : 'F32-high';
}

/** True where a table says all that moments do. */
export function isExact(kind: TableKind): boolean {
  return kind !== 'F32-high';
}

/** Elements of a table that are NaN or infinite. */
export function countNonFinite({ kind, patterns, counts }: ValueTable): number {
  const { middle } = patternValuesOf(kind);
  let nonFinite = 0;
  for (let entry = 0; entry < patterns.length; entry++) {
    if (!Number.isFinite(middle[patterns[entry]!]!)) nonFinite += counts[entry]!;
  }
  return nonFinite;
}

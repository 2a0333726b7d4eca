import type { Dtype } from 'safetensors-js';
import type { ModelFamily } from './families.ts';
import { isFloating } from './isFloating.ts';
import { isBufferName, isNormName, kindByName } from './kindByName.ts';
import type { TensorKind } from './model.ts';
import { describingPath, splitName, suffixesOf } from './tensorName.ts';

export interface KindGuess {
  readonly kind: TensorKind;
  /** True where rank and shape alone decided. */
  readonly assumed: boolean;
  readonly isParameter: boolean;
  /** True for experts held in one tensor of rank 3, [experts, channels, inputs]. */
  readonly isStackedMatrices: boolean;
}

interface Subject {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** Kind of a tensor: by the family's table, else by name, else by rank. */
export function kindOf({ name, shape, dtype }: Subject, family: ModelFamily | null): KindGuess {
  const rank = shape.length;
  const isParameter = isFloating(dtype) && !isBufferName(splitName(name).leaf, rank);
  if (!isParameter) return known('other', false);
  const path = describingPath(name);
  if (rank < 2) return known(isNormName(path.slice(path.lastIndexOf('.') + 1)) ? 'norm' : 'other');
  const named = kindInFamily(path, family) ?? kindByName(path);
  if (rank === 2) return named === null ? assumed('linear') : known(named);
  if (named === 'embedding' || named === 'conv' || named === 'norm') return known(named);
  return rank === 3 ? kindOfRank3(path, named, family) : kindOfKernel(path, shape);
}

function kindOfRank3(path: string, named: TensorKind | null, family: ModelFamily | null): KindGuess {
  if (/conv|patch_embed/i.test(path)) return known('conv');
  const isExperts = /expert/i.test(path) || named === 'linear';
  if (isExperts && family?.experts === 'out-in') return { ...known('linear'), isStackedMatrices: true };
  return assumed('other');
}

/** Rank 4 and 5: kernels of convolutions, unless the first dim is one of a parameter that is broadcast. */
function kindOfKernel(path: string, shape: readonly number[]): KindGuess {
  if (/conv|patch_embed/i.test(path)) return known('conv');
  return assumed(shape[0] === 1 ? 'other' : 'conv');
}

function kindInFamily(path: string, family: ModelFamily | null): TensorKind | null {
  if (family === null) return null;
  const kinds = lookupOf(family);
  for (const suffix of suffixesOf(path)) {
    const kind = kinds.get(suffix);
    if (kind !== undefined) return kind;
  }
  return null;
}

const LOOKUPS = new WeakMap<ModelFamily, ReadonlyMap<string, TensorKind>>();

function lookupOf(family: ModelFamily): ReadonlyMap<string, TensorKind> {
  const ready = LOOKUPS.get(family);
  if (ready) return ready;
  const entries = Object.entries(family.kinds) as [TensorKind, readonly string[]][];
  const lookup = new Map(entries.flatMap(([kind, names]) => names.map((name): [string, TensorKind] => [name, kind])));
  LOOKUPS.set(family, lookup);
  return lookup;
}

function known(kind: TensorKind, isParameter = true): KindGuess {
  return { kind, assumed: false, isParameter, isStackedMatrices: false };
}

function assumed(kind: TensorKind): KindGuess {
  return { kind, assumed: true, isParameter: true, isStackedMatrices: false };
}

import type { ModelFamily } from './families.ts';
import type { TensorKind } from './model.ts';
import { describingPath, splitName, suffixesOf } from './tensorName.ts';

export interface AxisSubject {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: TensorKind;
}

/**
 * Names of the matrices whose channels are the last dim: by the family's table, else where the bias beside has the
 * length of the last dim only; square ones follow the others of their module, or of the nearest module above it.
 * @param lengths lengths of all tensors of rank 1, by name.
 */
export function findTransposed(
  subjects: readonly AxisSubject[],
  lengths: ReadonlyMap<string, number>,
  family: ModelFamily | null,
): ReadonlySet<string> {
  const matrices = subjects.filter(({ shape, kind }) => shape.length === 2 && kind === 'linear');
  if (family !== null) {
    return new Set(matrices.filter(({ name }) => isTransposedIn(family, name)).map(({ name }) => name));
  }
  return findByBias(matrices, lengths);
}

/** True for the modules that a family stores [inputs, channels]. */
export function isTransposedIn(family: ModelFamily, name: string): boolean {
  if (family.transposed.length === 0) return false;
  for (const suffix of suffixesOf(describingPath(name))) if (family.transposed.includes(suffix)) return true;
  return false;
}

type Verdict = 'transposed' | 'plain' | 'square' | 'unknown';

function findByBias(matrices: readonly AxisSubject[], lengths: ReadonlyMap<string, number>): ReadonlySet<string> {
  const judged = matrices.map((matrix) => ({ ...matrix, verdict: judge(matrix, lengths) }));
  const votes = new Map<string, number>();
  for (const { name, verdict } of judged) {
    if (verdict === 'square' || verdict === 'unknown') continue;
    for (const module of modulesAbove(name))
      votes.set(module, (votes.get(module) ?? 0) + (verdict === 'plain' ? -1 : 1));
  }
  const followsTransposed = (name: string): boolean => {
    for (const module of modulesAbove(name)) {
      const vote = votes.get(module);
      if (vote !== undefined && vote !== 0) return vote > 0;
    }
    return false;
  };
  const transposed = judged.filter(
    ({ name, verdict }) => verdict === 'transposed' || (verdict === 'square' && followsTransposed(name)),
  );
  return new Set(transposed.map(({ name }) => name));
}

function judge({ name, shape }: AxisSubject, lengths: ReadonlyMap<string, number>): Verdict {
  const [rows, columns] = shape;
  if (rows === columns) return 'square';
  const { module, leaf } = splitName(name);
  const length = leaf === 'weight' ? lengths.get(module === '' ? 'bias' : `${module}.bias`) : undefined;
  if (length === columns) return 'transposed';
  return length === rows ? 'plain' : 'unknown';
}

/** The modules that hold the tensor's own module, nearest first, down to the root `''`. */
function* modulesAbove(name: string): Generator<string> {
  let module = splitName(name).module;
  while (module !== '') {
    module = splitName(module).module;
    yield module;
  }
}

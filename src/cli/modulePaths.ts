/** The modules that hold a tensor, outermost first: `a.b.weight` lies in `a` and `a.b`. */
export function modulePathsOf(tensorName: string): string[] {
  const parts = tensorName.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
}

/** Folds tensors into one value per module path, in the order in which modules first appear. */
export function foldModules<Tensor extends { readonly name: string }, Value>(
  tensors: Iterable<Tensor>,
  empty: Value,
  add: (sum: Value, tensor: Tensor) => Value,
): Map<string, Value> {
  const modules = new Map<string, Value>();
  for (const tensor of tensors) {
    for (const path of modulePathsOf(tensor.name)) modules.set(path, add(modules.get(path) ?? empty, tensor));
  }
  return modules;
}

/** A tensor name cut at its last dot: `h.0.ln_1.weight` is the leaf `weight` of the module `h.0.ln_1`. */
export interface NameParts {
  readonly module: string;
  readonly leaf: string;
}

/** Cuts a name at its last dot; a name without dots is a leaf of the root module `''`. */
export function splitName(name: string): NameParts {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? { module: '', leaf: name } : { module: name.slice(0, dot), leaf: name.slice(dot + 1) };
}

/** The path whose last parts tell what a tensor is: its module for `weight` and `bias`, else the name itself. */
export function describingPath(name: string): string {
  const { module, leaf } = splitName(name);
  return leaf === 'weight' || leaf === 'bias' ? module : name;
}

/** What follows each dot of a path, longest first: `a.b.c`, `b.c`, `c`. */
export function* suffixesOf(path: string): Generator<string> {
  let start = 0;
  while (true) {
    yield path.slice(start);
    const dot = path.indexOf('.', start);
    if (dot < 0) return;
    start = dot + 1;
  }
}

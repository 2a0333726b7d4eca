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

/** Most parts of a module name that the tables list: `lm_head.decoder.weight` has three. */
const MOST_PARTS = 3;

/** The last three parts of a path, the last two, and the last: what tables of module names are asked for, in this order. */
export function* suffixesOf(path: string): Generator<string> {
  const starts = [];
  for (let end = path.length; starts.length < MOST_PARTS && end >= 0; ) {
    const dot = end === 0 ? -1 : path.lastIndexOf('.', end - 1);
    starts.push(dot + 1);
    end = dot;
  }
  for (const start of starts.reverse()) yield path.slice(start);
}

/** Where a tensor stands in a stack of layers. */
export interface LayerPlace {
  /** Prefix before the layer number: `model.layers`. */
  readonly stack: string;
  readonly layer: number;
  /** What follows the number, without the leaf; null where nothing is left. */
  readonly role: string | null;
}

/** Last parts of prefixes that number layers even when there is only one. */
const LAYER_LISTS = new Set([
  'layers',
  'layer',
  'h',
  'block',
  'blocks',
  'decoder_layers',
  'encoder_layers',
  'resblocks',
]);

/** Safe below 2^31 and no number of a checkpoint has more digits. */
const NUMBER = /^\d{1,9}$/;

/** One numbered part of a name. */
interface Candidate extends LayerPlace {
  /** What follows the number, leaf included. */
  readonly rest: string;
}

/**
 * Finds the stacks of a set of names: the outermost prefix before a run of numbered siblings. A prefix that is not
 * called like a list of layers needs two numbers that hold the same thing, so that `classifier.0.weight` is none.
 * @returns a place or null per name, in the order of the names.
 */
export function findLayerPlaces(names: readonly string[]): readonly (LayerPlace | null)[] {
  const candidates = names.map(candidatesOf);
  const repeated = findRepeatedPrefixes(candidates);
  return candidates.map((list) => {
    const found = list.find(({ stack }) => isLayerList(stack) || repeated.has(stack));
    return found === undefined ? null : { stack: found.stack, layer: found.layer, role: found.role };
  });
}

function candidatesOf(name: string): readonly Candidate[] {
  const found: Candidate[] = [];
  for (let dot = name.indexOf('.'); dot >= 0; ) {
    const next = name.indexOf('.', dot + 1);
    if (next < 0) break;
    const part = name.slice(dot + 1, next);
    if (NUMBER.test(part)) {
      const rest = name.slice(next + 1);
      const lastDot = rest.lastIndexOf('.');
      const role = lastDot < 0 ? null : rest.slice(0, lastDot);
      found.push({ stack: name.slice(0, dot), layer: Number(part), role, rest });
      if (isLayerList(name.slice(0, dot))) break;
    }
    dot = next;
  }
  return found;
}

function isLayerList(prefix: string): boolean {
  return LAYER_LISTS.has(prefix.slice(prefix.lastIndexOf('.') + 1));
}

/** Prefixes under which two numbers hold a tensor of one role. */
function findRepeatedPrefixes(candidates: readonly (readonly Candidate[])[]): ReadonlySet<string> {
  const firstLayer = new Map<string, number>();
  const repeated = new Set<string>();
  for (const { stack, layer, rest } of candidates.flat()) {
    if (repeated.has(stack) || isLayerList(stack)) continue;
    const key = `${stack}\n${rest}`;
    const first = firstLayer.get(key);
    if (first === undefined) firstLayer.set(key, layer);
    else if (first !== layer) repeated.add(stack);
  }
  return repeated;
}

/** Number of layers of each stack: the highest layer number plus one. */
export function countLayers(
  places: Iterable<{ readonly stack: string | null; readonly layer: number | null }>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { stack, layer } of places) {
    if (stack !== null && layer !== null) counts.set(stack, Math.max(counts.get(stack) ?? 0, layer + 1));
  }
  return counts;
}

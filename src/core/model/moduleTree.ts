import type { Model, ModelTensor } from './model.ts';

/** A module of the dotted names, with what lies below it. */
export interface ModuleNode {
  readonly type: 'module';
  /** Last part of the path; `''` for the root. */
  readonly label: string;
  readonly path: string;
  /** In model order. */
  readonly children: readonly (ModuleNode | TensorLeaf)[];
  /** Number of tensors at any depth. */
  readonly tensors: number;
  /** Elements of the parameters below. */
  readonly parameters: number;
  readonly storedBytes: number;
  /** Number of layers where this is a stack, else null. */
  readonly layers: number | null;
}

export interface TensorLeaf {
  readonly type: 'tensor';
  /** The name without the path of the module that shows it: `weight`, or `c_attn.weight`. */
  readonly label: string;
  readonly tensor: ModelTensor;
}

/**
 * The tree of modules. A module that holds nothing but tensors, a matrix among them or one alone, is not a level of its
 * own: its tensors stand in the module above as `c_attn.weight` and `c_attn.bias`.
 */
export function moduleTree(model: Model): ModuleNode {
  const root = new Draft('', '');
  for (const tensor of model.tensors) root.add(tensor);
  return root.finish(new Set(model.stacks));
}

class Draft {
  readonly #label: string;
  readonly #path: string;
  readonly #children = new Map<string, Draft | ModelTensor>();
  #tensors = 0;
  #parameters = 0;
  #storedBytes = 0;

  constructor(label: string, path: string) {
    this.#label = label;
    this.#path = path;
  }

  add(tensor: ModelTensor): void {
    const parts = partsOf(tensor.name);
    let module: Draft = this;
    module.#count(tensor);
    for (const part of parts.slice(0, -1)) {
      module = module.#childModule(part);
      module.#count(tensor);
    }
    // The tensor's own key cannot meet a module's: names differ, and modules end in a dot here.
    module.#children.set(parts.at(-1) ?? '', tensor);
  }

  finish(stacks: ReadonlySet<string>): ModuleNode {
    const children = [...this.#children].flatMap(([key, child]): readonly (ModuleNode | TensorLeaf)[] => {
      if (!(child instanceof Draft)) return [leafOf(key, child)];
      return child.#isInlined() ? child.#inlined() : [child.finish(stacks)];
    });
    return {
      type: 'module',
      label: this.#label,
      path: this.#path,
      children,
      tensors: this.#tensors,
      parameters: this.#parameters,
      storedBytes: this.#storedBytes,
      layers: stacks.has(this.#path) ? this.#countNumbered() : null,
    };
  }

  #childModule(part: string): Draft {
    const key = `${part}.`;
    const found = this.#children.get(key);
    if (found instanceof Draft) return found;
    const child = new Draft(part, this.#path === '' ? part : `${this.#path}.${part}`);
    this.#children.set(key, child);
    return child;
  }

  #count({ isParameter, elements, storedBytes }: ModelTensor): void {
    this.#tensors += 1;
    this.#parameters += isParameter ? elements : 0;
    this.#storedBytes += storedBytes;
  }

  #isInlined(): boolean {
    const children = [...this.#children.values()];
    if (children.some((child) => child instanceof Draft)) return false;
    return children.length === 1 || children.some((child) => !(child instanceof Draft) && child.shape.length > 1);
  }

  #inlined(): readonly TensorLeaf[] {
    return [...this.#children].flatMap(([key, child]) =>
      child instanceof Draft ? [] : [leafOf(`${this.#label}.${key}`, child)],
    );
  }

  #countNumbered(): number {
    return [...this.#children].filter(([key]) => /^\d+\.$/.test(key)).length;
  }
}

/** Levels beyond this are shown as one: names of a hostile file can have as many dots as bytes. */
const DEEPEST = 64;

function partsOf(name: string): readonly string[] {
  const parts = name.split('.');
  return parts.length <= DEEPEST ? parts : [...parts.slice(0, DEEPEST - 1), parts.slice(DEEPEST - 1).join('.')];
}

function leafOf(label: string, tensor: ModelTensor): TensorLeaf {
  return { type: 'tensor', label, tensor };
}

import type { JsonObject, JsonValue } from '../../model/model.ts';
import { objectOf } from '../../model/modelConfig.ts';

/** What one config group says of the weights of its targets. */
export interface WeightScheme {
  readonly targets: readonly string[];
  readonly type: 'int' | 'float';
  readonly bits: number;
  readonly strategy: string;
  readonly groupSize: number | null;
  /** [rows, columns] of strategy `block`. */
  readonly block: readonly [number, number] | null;
}

/** `quantization_config` of this format, null where config.json has none. */
export function quantizationConfigOf(config: JsonObject | null): JsonObject | null {
  const found = objectOf(config?.quantization_config) ?? objectOf(config?.compression_config);
  return found?.quant_method === 'compressed-tensors' ? found : null;
}

/** The groups that quantize weights, in their order. Missing keys take the library's defaults (quant_args.py). */
export function weightSchemesOf(quantization: JsonObject): readonly WeightScheme[] {
  return Object.values(objectOf(quantization.config_groups) ?? {}).flatMap((group) => {
    const targets = objectOf(group)?.targets;
    const weights = objectOf(objectOf(group)?.weights);
    return weights === null ? [] : [schemeOf(Array.isArray(targets) ? targets : [], weights)];
  });
}

function schemeOf(targets: readonly JsonValue[], weights: JsonObject): WeightScheme {
  const groupSize = positiveOf(weights.group_size);
  const strategy = weights.strategy;
  const block = weights.block_structure;
  return {
    targets: targets.filter((target) => typeof target === 'string'),
    type: weights.type === 'float' ? 'float' : 'int',
    bits: positiveOf(weights.num_bits) ?? 8,
    strategy: typeof strategy === 'string' ? strategy.toLowerCase() : groupSize === null ? 'tensor' : 'group',
    groupSize,
    block: blockOf(Array.isArray(block) ? block : typeof block === 'string' ? block.split('x').map(Number) : []),
  };
}

function blockOf([rows, columns]: readonly JsonValue[]): readonly [number, number] | null {
  const pair = [positiveOf(rows), positiveOf(columns)] as const;
  return pair[0] === null || pair[1] === null ? null : [pair[0], pair[1]];
}

function positiveOf(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** Longest regular expression of a config that is tried: those of real files are short, and a hostile one can be slow. */
const LONGEST_REGEX = 300;

/** Finds the scheme of a module: named exactly, else the only one that fits its tensors, else by pattern, else the first that fits. */
export class SchemeFinder {
  readonly #schemes: readonly WeightScheme[];
  readonly #exact = new Map<string, WeightScheme>();

  constructor(schemes: readonly WeightScheme[]) {
    this.#schemes = schemes;
    for (const scheme of schemes) for (const target of scheme.targets) this.#exact.set(target, scheme);
  }

  find(module: string, fits: (scheme: WeightScheme) => boolean): WeightScheme | null {
    const exact = this.#exact.get(module);
    if (exact !== undefined) return exact;
    const fitting = this.#schemes.filter(fits);
    if (fitting.length <= 1) return fitting[0] ?? null;
    return fitting.find(({ targets }) => targets.some((target) => matchesRegex(target, module))) ?? fitting[0] ?? null;
  }
}

/** `re:` and an expression that is matched from the start of the module's path. */
function matchesRegex(target: string, module: string): boolean {
  if (!target.startsWith('re:') || target.length > LONGEST_REGEX) return false;
  try {
    return new RegExp(`^(?:${target.slice(3)})`).test(module);
  } catch {
    // Python's syntax knows forms that ours does not; the module is then judged by its tensors alone.
    return false;
  }
}

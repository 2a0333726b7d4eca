import type { JsonObject, JsonValue, Model, ModelTensor } from '../../model/model.ts';
import { tiedHeadModule } from '../../model/tiedHead.ts';
import type { AffineQuantizer } from '../../quantizers/quantizer.ts';
import type { TensorLayout } from '../format.ts';
import { withSavedDtype } from '../outputDtype.ts';
import { moduleOf } from './moduleOf.ts';

/** The version of compressed-tensors whose layout is written; loaders only print it. */
const LAYOUT_VERSION = '0.18.0';

/**
 * config.json with `quantization_config`: one group per quantizer, every kept Linear module ignored by its full name, and
 * a tied head always. Keys that are null by default are left out, because readers before 0.12 refuse the newer of them.
 */
export function quantizedConfig(model: Model, layouts: readonly TensorLayout[]): JsonObject | null {
  if (model.config === null) return null;
  const packed = layouts.filter(isPacked);
  const headIsPacked = packed.some(({ tensor }) => tensor.kind === 'head');
  return {
    ...withSavedDtype(model.config, layouts),
    ...(headIsPacked ? { tie_word_embeddings: false } : {}),
    quantization_config: {
      config_groups: configGroups(packed),
      format: 'pack-quantized',
      ignore: ignoredModules(model, layouts),
      kv_cache_scheme: null,
      quant_method: 'compressed-tensors',
      quantization_status: 'compressed',
      version: LAYOUT_VERSION,
    },
  };
}

type PackedLayout = TensorLayout & { readonly quantizer: AffineQuantizer };

function isPacked(layout: TensorLayout): layout is PackedLayout {
  return layout.quantizer?.family === 'affine';
}

/** One group: the class, so that the file stays short. Several: exact names, so that no module is in two of them. */
function configGroups(packed: readonly PackedLayout[]): JsonObject {
  const groups = new Map<string, { readonly weights: JsonObject; readonly modules: string[] }>();
  for (const { tensor, quantizer } of packed) {
    const weights = weightsOf(quantizer);
    const key = JSON.stringify(weights);
    const group = groups.get(key) ?? { weights, modules: [] };
    group.modules.push(moduleOf(tensor.name) ?? tensor.name);
    groups.set(key, group);
  }
  const entries = [...groups.values()].map(({ weights, modules }, i): [string, JsonValue] => {
    const targets = groups.size === 1 ? ['Linear'] : modules;
    return [`group_${i}`, { input_activations: null, output_activations: null, targets, weights }];
  });
  return Object.fromEntries(entries);
}

function weightsOf({ bits, unit, groupSize, rule }: AffineQuantizer): JsonObject {
  const isSymmetric = rule === 'symmetric';
  return {
    dynamic: false,
    group_size: groupSize,
    num_bits: bits,
    strategy: unit,
    symmetric: isSymmetric,
    type: 'int',
    ...(isSymmetric ? {} : { zp_dtype: 'torch.int8' }),
  };
}

/** Kept Linear modules in model order, by their leaf names: a parent's name is refused by the loader. */
function ignoredModules(model: Model, layouts: readonly TensorLayout[]): readonly string[] {
  const kept = layouts.filter((layout) => !isPacked(layout) && isLinearModule(layout.tensor));
  const modules = kept.flatMap(({ tensor }) => moduleOf(tensor.name) ?? []);
  return model.tiedHead ? [...modules, tiedHeadModule(model)] : modules;
}

function isLinearModule({ kind, shape }: ModelTensor): boolean {
  return shape.length === 2 && (kind === 'linear' || kind === 'head' || kind === 'router');
}

import type { JsonObject, Model, ModelTensor } from '../../model/model.ts';
import { torchNameOf } from '../../model/modelConfig.ts';
import { tiedHeadModule } from '../../model/tiedHead.ts';
import type { TensorLayout } from '../format.ts';
import { modelDtypeOf, withSavedDtype } from '../outputDtype.ts';
import { fullModuleNames } from './fullModuleNames.ts';
import { isBlockQuantizer, isPackable } from './packable.ts';

/** The head is kept by its usual name whether it is stored or not: a list that is given replaces the loaders' own. */
const HEAD = 'lm_head';

/** config.json with `quantization_config` as Transformers writes it, every kept Linear and Conv1D listed by its full name. */
export function quantizedConfig(model: Model, layouts: readonly TensorLayout[]): JsonObject | null {
  if (model.config === null) return null;
  const blocks = layouts.map(({ quantizer }) => quantizer).find(isBlockQuantizer) ?? null;
  const is4Bit = blocks !== null;
  const saved = withSavedDtype(model.config, layouts);
  return {
    ...saved,
    quantization_config: {
      _load_in_4bit: is4Bit,
      _load_in_8bit: !is4Bit,
      // The defaults of the library where nothing has 4 bits.
      bnb_4bit_compute_dtype:
        (is4Bit ? torchNameOf(modelDtypeOf({ ...model, config: saved }) ?? 'F32') : null) ?? 'float32',
      bnb_4bit_quant_storage: 'uint8',
      bnb_4bit_quant_type: blocks?.codebook.table ?? 'fp4',
      bnb_4bit_use_double_quant: blocks?.doubleQuant ?? false,
      llm_int8_enable_fp32_cpu_offload: false,
      llm_int8_has_fp16_weight: false,
      llm_int8_skip_modules: skippedModules(model, layouts),
      llm_int8_threshold: 6,
      load_in_4bit: is4Bit,
      load_in_8bit: !is4Bit,
      quant_method: 'bitsandbytes',
    },
  };
}

/** In model order, the head last where it is not stored. */
function skippedModules(model: Model, layouts: readonly TensorLayout[]): readonly string[] {
  const kept = layouts.filter(({ tensor, quantizer }) => !isPackable(quantizer) && isLinearModule(tensor));
  const modules = fullModuleNames(
    model,
    kept.map(({ tensor }) => tensor),
  );
  return [...new Set([...modules, ...(model.tiedHead ? [tiedHeadModule(model)] : []), HEAD])];
}

function isLinearModule({ kind, shape }: ModelTensor): boolean {
  return shape.length === 2 && (kind === 'linear' || kind === 'head' || kind === 'router');
}

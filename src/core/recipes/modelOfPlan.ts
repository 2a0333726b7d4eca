import { savedConfigText } from '../formats/configText.ts';
import type { JsonObject, Model, ModelTensor } from '../model/model.ts';
import { objectOf } from '../model/modelConfig.ts';
import { sortInModelOrder } from '../model/modelOrder.ts';
import { tiedEmbeddingOf, tiedHeadName } from '../model/tiedHead.ts';
import type { Plan } from './recipe.ts';

/**
 * The model that the decisions of a plan are about: the one that was opened, or, where the plan unties the head, one in
 * which the head is a tensor that is read from the embedding, and whose config.json says so. Of a model without a tied
 * head it is the model itself.
 */
export function modelOfPlan(model: Model, { unties }: Pick<Plan, 'unties'>): Model {
  const embedding = unties === true ? tiedEmbeddingOf(model) : null;
  const name = tiedHeadName(model);
  if (embedding === null || name === null || model.config === null) return model;
  const head: ModelTensor = { ...embedding, name, kind: 'head', kindAssumed: false, sharesWith: embedding.name };
  const config = untiedConfig(model.config);
  return {
    ...model,
    config,
    configText: savedConfigText(model, config),
    tiedHead: false,
    tensors: sortInModelOrder([...model.tensors, head]),
    parameters: model.parameters + head.elements,
  };
}

/** Loaders read the outermost key, some that of the text model. */
function untiedConfig(config: JsonObject): JsonObject {
  const text = objectOf(config.text_config);
  return {
    ...config,
    ...(text?.tie_word_embeddings === undefined ? {} : { text_config: { ...text, tie_word_embeddings: false } }),
    tie_word_embeddings: false,
  };
}

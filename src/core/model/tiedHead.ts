import { familyOf } from './families.ts';
import type { Model, ModelTensor } from './model.ts';
import { modelTypesOf } from './modelConfig.ts';

/** True where a head has a matrix of its own. */
export function isHeadStored(tensors: readonly ModelTensor[]): boolean {
  return tensors.some(({ kind, shape }) => kind === 'head' && shape.length === 2);
}

/** The embedding that is also the head, null where the head is not tied: the tallest token embedding. */
export function tiedEmbeddingOf(model: Model): ModelTensor | null {
  if (!model.tiedHead) return null;
  let tallest: ModelTensor | null = null;
  for (const tensor of model.tensors) {
    if (tensor.kind !== 'embedding' || tensor.shape.length !== 2 || tensor.stack !== null) continue;
    if (tallest === null || (tensor.shape[0] ?? 0) > (tallest.shape[0] ?? 0)) tallest = tensor;
  }
  return tallest;
}

/** The name that the weight of a tied head would be stored by; null where the head is not tied. */
export function tiedHeadName(model: Model): string | null {
  return tiedEmbeddingOf(model) === null ? null : `${tiedHeadModule(model)}.weight`;
}

/** Stored bytes of a tensor that are no other's. */
export function ownBytesOf({ storedBytes, sharesWith }: Pick<ModelTensor, 'storedBytes' | 'sharesWith'>): number {
  return sharesWith !== undefined ? 0 : storedBytes;
}

/** Module path of a head that is tied and so not stored; `lm_head` where no table says another. */
export function tiedHeadModule(model: Model): string {
  const family = modelTypesOf(model.config)
    .map(familyOf)
    .find((found) => found !== null);
  return family?.tiedHead ?? 'lm_head';
}

import type { ModelTensor } from '../model/model.ts';
import type { Quantizer } from '../quantizers/quantizer.ts';
import type { TensorLayout } from './format.ts';
import { loupeParts } from './loupe/loupeParts.ts';
import { isComputeDtype } from './outputDtype.ts';
import { layoutValues } from './plainLayout.ts';

/**
 * A tensor under a quantizer that a runtime's format has no codes for. Numbers of a dtype that loaders compute in are
 * stored as they are. Everything else is refused before a save; until then its size is that of the Loupe format, which
 * holds it: a person who tries quantizers sees what each takes.
 */
export function layoutUnpacked(tensor: ModelTensor, quantizer: Quantizer): TensorLayout {
  if (quantizer.family === 'cast' && isComputeDtype(quantizer.dtype)) {
    return layoutValues(tensor, quantizer, quantizer.dtype);
  }
  return { tensor, quantizer, parts: loupeParts(tensor, quantizer), roundTo: null };
}

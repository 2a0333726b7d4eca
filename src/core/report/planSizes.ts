import { tensorBytesOf } from 'safetensors-js';
import type { LayoutOptions, PackedFormat, TensorLayout } from '../formats/format.ts';
import type { Model } from '../model/model.ts';
import { describeQuantizer } from '../quantizers/describeQuantizer.ts';
import { modelOfPlan } from '../recipes/modelOfPlan.ts';
import type { KeepReason, Plan } from '../recipes/recipe.ts';

/** What one tensor will take. */
export interface PlannedSize {
  readonly name: string;
  /** Words, null where it is kept. */
  readonly quantizer: string | null;
  readonly kept: KeepReason | null;
  readonly storedBytes: number;
  readonly bitsPerWeight: number;
}

/** What a plan will take in a format: bytes of all tensors, headers not counted, as in `Totals`. */
export interface PlanSizes {
  readonly rows: readonly PlannedSize[];
  readonly storedBytes: number;
  readonly quantizedBitsPerWeight: number | null;
  /** Over all parameters, kept ones included. */
  readonly allBitsPerWeight: number | null;
}

/** Sizes by arithmetic alone, before anything is read. The plan is one of this model. */
export function planSizes(
  opened: Model,
  plan: Plan,
  format: Pick<PackedFormat, 'layout'>,
  options: LayoutOptions = { dtype: null },
): PlanSizes {
  const model = modelOfPlan(opened, plan);
  const rows: PlannedSize[] = [];
  const quantized = { bytes: 0, weights: 0 };
  const all = { bytes: 0, weights: 0 };
  let storedBytes = 0;
  plan.decisions.forEach((decision, i) => {
    const tensor = model.tensors[i];
    if (tensor?.name !== decision.tensor) throw new Error(`the plan is of another model: ${decision.tensor}`);
    const bytes = layoutBytes(format.layout(model, tensor, decision.quantizer, options));
    storedBytes += bytes;
    for (const total of decision.quantizer === null ? [all] : [all, quantized]) {
      if (!tensor.isParameter) continue;
      total.bytes += bytes;
      total.weights += tensor.elements;
    }
    rows.push({
      name: tensor.name,
      quantizer: decision.quantizer === null ? null : describeQuantizer(decision.quantizer),
      kept: decision.keep,
      storedBytes: bytes,
      bitsPerWeight: tensor.elements === 0 ? 0 : (8 * bytes) / tensor.elements,
    });
  });
  return { rows, storedBytes, quantizedBitsPerWeight: bitsOf(quantized), allBitsPerWeight: bitsOf(all) };
}

/** Bytes of all parts of a tensor. */
export function layoutBytes({ parts }: TensorLayout): number {
  return parts.reduce((sum, part) => sum + tensorBytesOf(part), 0);
}

function bitsOf({ bytes, weights }: { readonly bytes: number; readonly weights: number }): number | null {
  return weights === 0 ? null : (8 * bytes) / weights;
}

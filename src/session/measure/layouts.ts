import { Failure } from '../../core/failure.ts';
import type { PackedFormatId, TensorLayout } from '../../core/formats/format.ts';
import { packedFormatOf } from '../../core/formats/registry.ts';
import type { Plan } from '../../core/recipes/recipe.ts';
import type { SessionContext } from '../sessionContext.ts';

export interface LayoutChoice {
  /** Null: no format in mind. Sizes are those of the Loupe format, which holds everything; x' is not rounded. */
  readonly format: PackedFormatId | null;
  readonly dtype: 'F32' | 'F16' | 'BF16' | null;
}

/** How every tensor of the plan is stored, in model order. @throws Failure `checkpoint/packed`, and what the format throws */
export function layoutsOf(context: SessionContext, plan: Plan, choice: LayoutChoice): readonly TensorLayout[] {
  const format = packedFormatOf(choice.format ?? 'loupe');
  return plan.decisions.map((decision) => {
    const tensor = context.tensorByName.get(decision.tensor);
    if (tensor === undefined) throw new Failure('tensor/not-found', { pattern: decision.tensor, nearest: '' });
    if (tensor.packing !== null && decision.quantizer !== null) {
      throw new Failure('checkpoint/packed', {
        path: context.path,
        format: context.model.packedFormat ?? tensor.packing,
      });
    }
    const layout = format.layout(context.model, tensor, decision.quantizer, { dtype: choice.dtype });
    return choice.format === null ? { ...layout, roundTo: null } : layout;
  });
}

/** True where the stored bytes are those of the source. */
export function isCopied({ parts }: TensorLayout): boolean {
  return parts.every(({ content }) => content.kind === 'copy');
}

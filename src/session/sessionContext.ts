import type { ErrorSums } from '../core/metrics/figures.ts';
import type { Model, ModelTensor } from '../core/model/model.ts';
import { modelOfPlan } from '../core/recipes/modelOfPlan.ts';
import type { Plan } from '../core/recipes/recipe.ts';
import type { ChannelRanges, TensorSummary, ValueTable } from '../core/stats/summary.ts';
import type { BoundedCache } from './batching/boundedCache.ts';
import type { GpuSearcher } from './gpu/gpuSearcher.ts';
import type { KernelPool } from './pool/kernelPool.ts';
import type { Scanner } from './scan/scanner.ts';

/** What the jobs of one session share. */
export interface SessionContext {
  /** As it was opened. */
  readonly path: string;
  readonly version: string;
  readonly model: Model;
  readonly pool: KernelPool;
  /** The searches on a GPU; null where none are wanted. */
  readonly gpu: GpuSearcher | null;
  readonly scanner: Scanner;
  readonly tensorByName: ReadonlyMap<string, ModelTensor>;
  /** Everything scanned so far, sampled summaries among it. */
  readonly summaries: ReadonlyMap<string, TensorSummary>;
  /** Takes a summary and its table (null: none, or not exact) into what the session knows. */
  readonly remember: (summary: TensorSummary, table: ValueTable | null) => void;
  readonly tables: BoundedCache<ValueTable>;
  readonly channels: BoundedCache<ChannelRanges>;
  /** Full sums of tensors that were measured, by tensor, quantizer and rounding. */
  readonly sums: BoundedCache<ErrorSums>;
  /** Input columns that LLM.int8 keeps apart, by tensor and threshold: see `settlePlan`. */
  readonly columns: BoundedCache<readonly number[]>;
}

/** The context of a plan: with the tensors that its decisions are about. */
export function contextOfPlan(context: SessionContext, plan: Plan): SessionContext {
  const model = modelOfPlan(context.model, plan);
  if (model === context.model) return context;
  return { ...context, model, tensorByName: new Map(model.tensors.map((tensor) => [tensor.name, tensor])) };
}

/** The summary of a tensor, or of the one that it shares its weights with, if all of it was read: a sample's figures are estimates. */
export function exactSummary(context: SessionContext, name: string): TensorSummary | null {
  const summary = context.summaries.get(context.tensorByName.get(name)?.sharesWith ?? name);
  return summary === undefined || summary.sampled ? null : summary;
}

import type { OutlierThreshold } from '../../core/quantizers/outlierRule.ts';
import type { AffineQuantizer, Quantizer } from '../../core/quantizers/quantizer.ts';
import type { Decision, Plan } from '../../core/recipes/recipe.ts';
import type { JobHooks } from '../api.ts';
import { ProgressMeter } from '../batching/progressMeter.ts';
import type { SessionContext } from '../sessionContext.ts';
import type { QuantizeWork } from './quantizeJob.ts';
import { searchesOf } from './searchesOf.ts';

export interface SettleOptions extends JobHooks {
  /** Only these tensors matter; null: all. */
  readonly names?: readonly string[] | null;
  readonly nonFinite?: 'refuse' | 'clamp';
}

/**
 * The plan with every size that depends on the weights looked up: the input columns that LLM.int8 keeps apart are searched,
 * and stand in the quantizers of the plan that comes back. Every byte of a file must be known before the first is written,
 * so whatever makes layouts settles its plan first. The session remembers what it found.
 * @throws Failure `tensor/non-finite`, `file/*`; AbortError
 */
export async function settlePlan(context: SessionContext, plan: Plan, options: SettleOptions): Promise<Plan> {
  const wanted = options.names == null ? null : new Set(options.names);
  const open = plan.decisions.flatMap((decision): readonly Unsettled[] => {
    if (wanted !== null && !wanted.has(decision.tensor)) return [];
    const found = unsettledOf(context, decision);
    return found === null ? [] : [found];
  });
  if (open.length === 0) return plan;
  return withColumns(plan, open, await columnsOfTensors(context, open, options));
}

/** The plan with the columns that the session knows already: no byte is read, and what is unknown stays open. */
export function knownPlan(context: SessionContext, plan: Plan): Plan {
  const columns = new Map<string, readonly number[]>();
  const open = plan.decisions.flatMap((decision) => unsettledOf(context, decision) ?? []);
  for (const each of open) {
    const known = context.columns.get(keyOf(each, 'refuse')) ?? context.columns.get(keyOf(each, 'clamp'));
    if (known !== null) columns.set(each.work.tensor.name, known);
  }
  return columns.size === 0 ? plan : withColumns(plan, open, columns);
}

function withColumns(plan: Plan, open: readonly Unsettled[], columnsOf: ReadonlyMap<string, readonly number[]>): Plan {
  const thresholds = new Map(open.map(({ work, threshold }) => [work.tensor.name, threshold]));
  const decisions = plan.decisions.map((decision): Decision => {
    const columns = columnsOf.get(decision.tensor);
    const by = thresholds.get(decision.tensor);
    if (columns === undefined || by === undefined || decision.quantizer?.family !== 'affine') return decision;
    return { ...decision, quantizer: { ...decision.quantizer, outliers: { kind: 'columns', columns, by } } };
  });
  return { ...plan, decisions };
}

/** How many input columns a settled quantizer keeps apart; null where it keeps none by its rule. */
export function columnsApartOf(quantizer: Quantizer | null): number | null {
  const outliers = quantizer?.family === 'affine' ? quantizer.outliers : undefined;
  return outliers?.kind === 'columns' ? outliers.columns.length : null;
}

interface Unsettled {
  readonly work: QuantizeWork & { readonly quantizer: AffineQuantizer };
  readonly threshold: OutlierThreshold;
}

function unsettledOf(context: SessionContext, { tensor: name, quantizer }: Decision): Unsettled | null {
  const tensor = context.tensorByName.get(name);
  if (tensor === undefined || tensor.elements === 0 || quantizer?.family !== 'affine') return null;
  const { outliers } = quantizer;
  // What is packed already is refused by the layouts, in words of its own.
  if (outliers === undefined || outliers.kind === 'columns' || tensor.packing !== null) return null;
  return { work: { tensor, quantizer, roundTo: null, targets: [] }, threshold: outliers };
}

function keyOf({ work, threshold }: Unsettled, nonFinite: 'refuse' | 'clamp'): string {
  return JSON.stringify([work.tensor.name, threshold, nonFinite]);
}

/** Outlier columns by the tensor's name: those that the session remembers, the others by a search. */
async function columnsOfTensors(
  context: SessionContext,
  open: readonly Unsettled[],
  { nonFinite = 'refuse', stop, onProgress }: SettleOptions,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const columns = new Map<string, readonly number[]>();
  const unknown = open.filter((each) => {
    const known = context.columns.get(keyOf(each, nonFinite));
    if (known !== null) columns.set(each.work.tensor.name, known);
    return known === null;
  });
  if (unknown.length === 0) return columns;
  const meter = new ProgressMeter('measure', { bytes: 0, tensors: unknown.length }, onProgress);
  const searches = await searchesOf(context, { work: unknown.map(({ work }) => work), meter, stop, nonFinite });
  for (const each of unknown) {
    const { name } = each.work.tensor;
    const search = searches.get(name);
    if (search?.kind !== 'outliers') throw new Error(`${name}: a search of columns found ${search?.kind}`);
    columns.set(name, [...search.columns]);
    context.columns.set(keyOf(each, nonFinite), [...search.columns]);
  }
  return columns;
}

import type { TensorLayout } from '../../core/formats/format.ts';
import { unchangedSums } from '../../core/metrics/addSums.ts';
import type { ErrorSums } from '../../core/metrics/figures.ts';
import type { Decision, Plan } from '../../core/recipes/recipe.ts';
import type { MeasuredTensor } from '../../protocol/documents.ts';
import type { Measurement, MeasureOptions } from '../api.ts';
import { ProgressMeter } from '../batching/progressMeter.ts';
import { isReadable } from '../scan/scanner.ts';
import { exactSummary, type SessionContext } from '../sessionContext.ts';
import { detailRangesOf } from './detailRanges.ts';
import { isCopied, layoutsOf } from './layouts.ts';
import { type MeasuredLayout, measuredTensorOf, totalsOf } from './measuredTensor.ts';
import { quantizeTensors } from './quantizeTensors.ts';
import { settlePlan } from './settlePlan.ts';
import { rememberedSums, rememberSums } from './sumsCache.ts';

interface Wanted {
  readonly decision: Decision;
  readonly layout: TensorLayout;
}

/**
 * The error and the size of every tensor of the plan. Kept tensors are exact and cost a pass only where their energy is
 * not known from a scan; sums known from an earlier measurement are not computed again.
 * @throws Failure `tensor/*`, `checkpoint/packed`, `file/changed`; AbortError
 */
export async function measure(context: SessionContext, asked: Plan, options: MeasureOptions): Promise<Measurement> {
  const choice = { format: options.format, dtype: options.dtype ?? null };
  const plan = await settlePlan(context, asked, options);
  const layouts = layoutsOf(context, plan, choice);
  const all = plan.decisions.map((decision, i): Wanted => ({ decision, layout: layouts[i]! }));
  const wanted = selectWanted(all, options.names ?? null);
  const sums = new Map<string, ErrorSums>();
  const report = new Reporter(wanted, sums, options.onMeasured);

  report.add(takeKnownSums(context, wanted, options, sums));
  report.flush();
  await measureKept(context, wanted, options, sums, report);
  await measureQuantized(context, wanted, options, sums, report);
  return measurementOf(context, wanted, sums);
}

/** In the order of `names`, or all in model order. */
function selectWanted(all: readonly Wanted[], names: readonly string[] | null): readonly Wanted[] {
  if (names === null) return all;
  const byName = new Map(all.map((each) => [each.decision.tensor, each]));
  return [...new Set(names)].flatMap((name) => byName.get(name) ?? []);
}

function takeKnownSums(
  context: SessionContext,
  wanted: readonly Wanted[],
  options: MeasureOptions,
  sums: Map<string, ErrorSums>,
): readonly string[] {
  for (const { layout } of wanted) {
    const isKept = isCopied(layout) || layout.tensor.elements === 0;
    const remembered = isKept ? null : rememberedSums(context, layout, options.nonFinite);
    const isEnough = options.distances !== true || remembered?.details?.wasserstein != null;
    const known = isKept ? keptSums(context, layout) : isEnough ? remembered : null;
    if (known !== null) sums.set(layout.tensor.name, known);
  }
  return [...sums.keys()];
}

/** Sums of a tensor that is stored unchanged; null while its energy is not known. */
function keptSums(context: SessionContext, { tensor }: TensorLayout): ErrorSums | null {
  const needsEnergy = tensor.isParameter && isReadable(tensor) && tensor.elements > 0;
  const energy = exactSummary(context, tensor.name)?.energy ?? null;
  return needsEnergy && energy === null ? null : unchangedSums(tensor.elements, needsEnergy ? energy : 0);
}

async function measureKept(
  context: SessionContext,
  wanted: readonly Wanted[],
  { stop, onProgress }: MeasureOptions,
  sums: Map<string, ErrorSums>,
  report: Reporter,
): Promise<void> {
  const unknown = wanted.filter(({ layout }) => isCopied(layout) && !sums.has(layout.tensor.name));
  const byName = new Map(unknown.map(({ layout }) => [layout.tensor.name, layout]));
  await context.scanner.scan(
    unknown.map(({ layout }) => layout.tensor),
    {
      ...(stop === undefined ? {} : { stop }),
      ...(onProgress === undefined ? {} : { onProgress }),
      onSummaries: (batch) => {
        for (const { name, energy } of batch) {
          sums.set(name, unchangedSums(byName.get(name)!.tensor.elements, energy));
        }
        report.add(batch.map(({ name }) => name));
        report.flush();
      },
    },
  );
}

async function measureQuantized(
  context: SessionContext,
  wanted: readonly Wanted[],
  options: MeasureOptions,
  sums: Map<string, ErrorSums>,
  report: Reporter,
): Promise<void> {
  const unknown = wanted.map(({ layout }) => layout).filter(({ tensor }) => !sums.has(tensor.name));
  const byName = new Map(unknown.map((layout) => [layout.tensor.name, layout]));
  const bytes = unknown.reduce((sum, { tensor }) => sum + tensor.storedBytes, 0);
  const keepsAll = (options.sums ?? 'full') === 'full';
  const meter = new ProgressMeter('measure', { bytes, tensors: unknown.length }, options.onProgress);
  const { stop } = options;
  const wantsDistances = keepsAll && options.distances === true;
  const ranges = wantsDistances ? await detailRangesOf(context, unknown, { meter, stop }) : new Map();
  await quantizeTensors(context, {
    work: unknown.map(({ tensor, quantizer, roundTo }) => ({ tensor, quantizer, roundTo, targets: [] })),
    inOrderGiven: options.names != null,
    wanted: options.sums ?? 'full',
    nonFinite: options.nonFinite ?? 'refuse',
    ...(keepsAll ? { details: { codes: true, errors: true, ranges } } : {}),
    meter,
    stop,
    onTensor: (name, found) => {
      const energy = exactSummary(context, name)?.energy ?? null;
      sums.set(name, { ...found.sums, energy: found.sums.energy ?? energy });
      if (keepsAll) rememberSums(context, byName.get(name)!, options.nonFinite, found.sums);
      report.add([name]);
    },
    onBatch: () => report.flush(),
  });
}

/** Hands finished tensors to the listener, some at a time. */
class Reporter {
  readonly #wanted: ReadonlyMap<string, Wanted>;
  readonly #sums: ReadonlyMap<string, ErrorSums>;
  readonly #listener: ((batch: readonly MeasuredTensor[]) => void) | undefined;
  #finished: string[] = [];

  constructor(
    wanted: readonly Wanted[],
    sums: ReadonlyMap<string, ErrorSums>,
    listener: ((batch: readonly MeasuredTensor[]) => void) | undefined,
  ) {
    this.#wanted = new Map(wanted.map((each) => [each.layout.tensor.name, each]));
    this.#sums = sums;
    this.#listener = listener;
  }

  add(names: readonly string[]): void {
    this.#finished.push(...names);
  }

  flush(): void {
    const names = this.#finished;
    this.#finished = [];
    if (this.#listener === undefined || names.length === 0) return;
    this.#listener(names.map((name) => measuredTensorOf({ ...this.#wanted.get(name)!, sums: this.#sums.get(name)! })));
  }
}

function measurementOf(
  context: SessionContext,
  wanted: readonly Wanted[],
  sums: ReadonlyMap<string, ErrorSums>,
): Measurement {
  const measured = wanted.map((each): MeasuredLayout => ({ ...each, sums: sums.get(each.layout.tensor.name)! }));
  const rank = new Map(context.model.tensors.map(({ name }, i) => [name, i]));
  const inModelOrder = [...measured].sort((a, b) => rank.get(a.decision.tensor)! - rank.get(b.decision.tensor)!);
  return { tensors: measured.map(measuredTensorOf), sums, totals: totalsOf(inModelOrder) };
}

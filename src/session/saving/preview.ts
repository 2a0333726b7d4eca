import { isFailure } from '../../core/failure.ts';
import type { FormatProblem } from '../../core/formats/formatProblem.ts';
import { unchangedSums } from '../../core/metrics/addSums.ts';
import type { ErrorSums } from '../../core/metrics/figures.ts';
import type { Plan } from '../../core/recipes/recipe.ts';
import type { QuantizeDocument } from '../../protocol/documents.ts';
import type { SaveOptions, SavePreview } from '../api.ts';
import { isCopied } from '../measure/layouts.ts';
import type { MeasuredLayout } from '../measure/measuredTensor.ts';
import { runInfo } from '../runInfo.ts';
import { exactSummary, type SessionContext } from '../sessionContext.ts';
import type { SaveFileSystem } from './fileSystem.ts';
import { freeBytesAt } from './freeSpace.ts';
import { existingNames, plannedFiles } from './plannedFiles.ts';
import { reportBytesAtMost, reportOf } from './report.ts';
import { planSave, type SavePlan } from './savePlan.ts';
import { assertNotSource, assertReplaceable, lookAtTarget, type Target } from './target.ts';

/** What the report's entry says before the report is written: its figures are not known, their length is bounded. */
const ESTIMATED_REPORT = 'report (at most)';

/**
 * Everything known before a byte is written. A target that a save would refuse is a problem of the preview, so that it
 * can be shown; a plan that the format cannot hold at all has no preview.
 * @throws Failure `format/refuses`, `checkpoint/*`, `usage/invalid`; the system's errors
 */
export async function previewSave(
  context: SessionContext,
  files: SaveFileSystem,
  plan: Plan,
  options: SaveOptions,
): Promise<SavePreview> {
  const startedMs = performance.now();
  const target = await lookAtTarget(files, options.out);
  const save = await planSave(context, files, plan, options, target);
  const problems = [...save.problems, ...(await targetProblems(context, files, target))];
  const existing = await existingNames(files, save, target);
  const document = (reportBytes: number): QuantizeDocument =>
    reportOf({
      source: context.path,
      target: options.out,
      format: save.format,
      plan,
      files: plannedFiles(save, existing, { bytes: reportBytes, content: ESTIMATED_REPORT }),
      measured: unmeasured(context, save),
      problems,
      isDryRun: true,
      isVerified: false,
      run: runInfo(context, startedMs),
    });
  const reportBytes = save.reportName === null ? 0 : reportBytesAtMost(document(0));
  return {
    ...document(reportBytes),
    freeBytes: await freeBytesAt(files, target.parent),
    exists: existing.size > 0,
  };
}

async function targetProblems(
  context: SessionContext,
  files: SaveFileSystem,
  target: Target,
): Promise<readonly FormatProblem[]> {
  try {
    await assertNotSource(files, target, context.model.checkpoint);
    await assertReplaceable(files, target, true);
    return [];
  } catch (error) {
    if (!isFailure(error)) throw error;
    const { code, args, message } = error;
    return [{ tensor: null, code, args, why: message, severity: 'refused' }];
  }
}

function unmeasured(context: SessionContext, save: SavePlan): readonly MeasuredLayout[] {
  return save.layouts.map((layout, i): MeasuredLayout => {
    const { name, elements } = layout.tensor;
    const energy = exactSummary(context, name)?.energy ?? null;
    const sums = isCopied(layout) ? unchangedSums(elements, energy) : unknownSums(elements);
    return { decision: save.plan.decisions[i]!, layout, sums };
  });
}

/** Sums of which every figure is null. */
function unknownSums(count: number): ErrorSums {
  const nothing = { absoluteError: null, signedError: null, energy: null, decodedEnergy: null, dot: null };
  return {
    count,
    squaredError: Number.NaN,
    maxError: Number.NaN,
    ...nothing,
    clipped: null,
    clippedSquaredError: null,
    zeroed: null,
  };
}

import { join } from 'node:path';
import { formatProblem } from '../../core/formats/formatProblem.ts';
import { unchangedSums } from '../../core/metrics/addSums.ts';
import type { ErrorSums } from '../../core/metrics/figures.ts';
import type { Plan } from '../../core/recipes/recipe.ts';
import type { QuantizeDocument } from '../../protocol/documents.ts';
import type { JobHooks, SaveOptions } from '../api.ts';
import { ProgressMeter } from '../batching/progressMeter.ts';
import { isCopied } from '../measure/layouts.ts';
import type { MeasuredLayout } from '../measure/measuredTensor.ts';
import type { QuantizedTensor } from '../measure/quantizeJob.ts';
import { assertFilesUnchanged } from '../openCheckpoint.ts';
import { throwIfStopped } from '../pool/abort.ts';
import { runInfo } from '../runInfo.ts';
import { isReadable } from '../scan/scanner.ts';
import { exactSummary, type SessionContext } from '../sessionContext.ts';
import type { SaveFileSystem } from './fileSystem.ts';
import { assertSpace, freeBytesAt } from './freeSpace.ts';
import { place } from './place.ts';
import { existingNames, plannedBytes, plannedFiles } from './plannedFiles.ts';
import { reportOf, reportText } from './report.ts';
import { saveFailure } from './saveFailure.ts';
import { assertLoadable, planSave, type SavePlan } from './savePlan.ts';
import { Staging, writeText } from './staging.ts';
import { assertNotSource, assertReplaceable, lookAtTarget, type Target } from './target.ts';
import { verifyStaged } from './verifyStaged.ts';
import { writeStaged } from './writeStaged.ts';

/** A save that passed every check that can be made before writing. */
interface ReadySave {
  readonly save: SavePlan;
  readonly target: Target;
  readonly options: SaveOptions;
  /** Names that the save replaces. */
  readonly existing: ReadonlySet<string>;
  readonly startedMs: number;
}

/**
 * Saves the plan in a packed format: staged beside the target, read back and compared with what encoding reported, then
 * put in place. Whatever fails before that, the target is as it was and nothing is left behind.
 * @throws Failure `checkpoint/*`, `format/*`, `save/*`, `file/changed`, `tensor/non-finite`, `worker/*`; AbortError
 */
export async function save(
  context: SessionContext,
  files: SaveFileSystem,
  plan: Plan,
  options: SaveOptions,
): Promise<QuantizeDocument> {
  const startedMs = performance.now();
  const space = { out: options.out, neededBytes: 0, freeBytes: null as number | null };
  try {
    throwIfStopped(options.stop);
    const target = await lookAtTarget(files, options.out);
    await assertNotSource(files, target, context.model.checkpoint);
    await assertFilesUnchanged(context.model.checkpoint);
    const planned = await planSave(context, files, plan, options, target);
    if (options.allowUnloadable !== true) assertLoadable(context, planned);
    await assertReplaceable(files, target, options.force === true);
    space.neededBytes = plannedBytes(planned);
    space.freeBytes = await freeBytesAt(files, target.parent);
    assertSpace(options.out, space.neededBytes, space.freeBytes);
    const existing = await existingNames(files, planned, target);
    return await saveStaged(context, files, { save: planned, target, options, existing, startedMs });
  } catch (error) {
    throw saveFailure(error, space);
  }
}

async function saveStaged(context: SessionContext, files: SaveFileSystem, ready: ReadySave): Promise<QuantizeDocument> {
  const staging = await Staging.open(files, ready.target.path);
  let isPlaced = false;
  try {
    const report = await fillStaging(context, files, ready, staging.folder);
    throwIfStopped(ready.options.stop);
    await placeStaged(context, files, ready, staging);
    isPlaced = true;
    return report;
  } finally {
    // What cannot be removed now is mended at the next save; it must not hide why this one failed.
    if (!isPlaced) await staging.discard().catch(() => {});
  }
}

/** Writes, verifies and reports. */
async function fillStaging(
  context: SessionContext,
  files: SaveFileSystem,
  ready: ReadySave,
  folder: string,
): Promise<QuantizeDocument> {
  const { save, target, options } = ready;
  const { stop, nonFinite = 'refuse' } = options;
  await scanKept(context, save, options);
  const encoded = await writeStaged(context, files, save, {
    folder,
    nonFinite,
    meter: meterOf('write', save, options),
    stop,
  });
  const meter = meterOf('verify', save, options);
  const fileName = target.isFile ? target.name : null;
  const sums = await verifyStaged(context, save, encoded, { folder, fileName, nonFinite, meter, stop });
  await assertFilesUnchanged(context.model.checkpoint);
  const report = finishedReport(context, ready, encoded, sums);
  if (save.reportName !== null) {
    await writeText(files, join(folder, save.reportName), reportText(report));
    await files.sync(join(folder, save.reportName));
  }
  await files.syncFolder(folder);
  return report;
}

async function placeStaged(
  context: SessionContext,
  files: SaveFileSystem,
  { save, target, options }: ReadySave,
  staging: Staging,
): Promise<void> {
  meterOf('place', save, options).reportNow();
  // The world may have moved while we wrote.
  const now = await lookAtTarget(files, options.out);
  await assertNotSource(files, now, context.model.checkpoint);
  await assertReplaceable(files, now, options.force === true);
  const report =
    save.reportName === null
      ? null
      : { staged: join(staging.folder, save.reportName), path: join(target.parent, save.reportName) };
  await place(files, staging, now, report);
}

/** The energy of a kept tensor is part of the model's figures; a scan that knows it already costs nothing here. */
async function scanKept(context: SessionContext, { layouts }: SavePlan, { stop, onProgress }: JobHooks): Promise<void> {
  const unknown = layouts
    .filter((layout) => isCopied(layout) && layout.tensor.isParameter && layout.tensor.elements > 0)
    .map(({ tensor }) => tensor)
    .filter((tensor) => isReadable(tensor) && exactSummary(context, tensor.name) === null);
  const hooks = { ...(stop === undefined ? {} : { stop }), ...(onProgress === undefined ? {} : { onProgress }) };
  await context.scanner.scan(unknown, hooks);
}

function finishedReport(
  context: SessionContext,
  { save, options, existing, startedMs }: ReadySave,
  encoded: ReadonlyMap<string, QuantizedTensor>,
  sums: ReadonlyMap<string, ErrorSums>,
): QuantizeDocument {
  const measured = save.layouts.map((layout, i): MeasuredLayout => {
    const { name, elements } = layout.tensor;
    const energy = exactSummary(context, name)?.energy ?? 0;
    return { decision: save.plan.decisions[i]!, layout, sums: sums.get(name) ?? unchangedSums(elements, energy) };
  });
  const notes = [...encoded].flatMap(([tensor, { saturatedScales, distantSlices }]) => [
    ...(saturatedScales > 0
      ? [formatProblem('note', tensor, 'tensor/saturated-scales', { count: saturatedScales })]
      : []),
    ...(distantSlices > 0 ? [formatProblem('note', tensor, 'tensor/distant-slices', { count: distantSlices })] : []),
  ]);
  const run = runInfo(context, startedMs);
  return sizedReport((bytes) =>
    reportOf({
      source: context.path,
      target: options.out,
      format: save.format,
      plan: save.plan,
      files: plannedFiles(save, existing, { bytes, content: 'report' }),
      measured,
      problems: [...save.problems, ...notes],
      isDryRun: false,
      isVerified: true,
      run,
    }),
  );
}

/** The report lists itself: its length has as many digits as its length says, found in a round or two. */
function sizedReport(reportWith: (bytes: number) => QuantizeDocument): QuantizeDocument {
  let report = reportWith(0);
  for (let bytes = 0; ; ) {
    const length = new TextEncoder().encode(reportText(report)).length;
    if (length === bytes) return report;
    bytes = length;
    report = reportWith(bytes);
  }
}

function meterOf(step: 'write' | 'verify' | 'place', { layouts }: SavePlan, { onProgress }: JobHooks): ProgressMeter {
  const bytes = step === 'place' ? 0 : layouts.reduce((sum, { tensor }) => sum + tensor.storedBytes, 0);
  const tensors = layouts.filter(({ tensor }) => tensor.elements > 0).length;
  return new ProgressMeter(step, { bytes, tensors }, onProgress);
}

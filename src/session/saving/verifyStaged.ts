import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { TensorLayout } from '../../core/formats/format.ts';
import type { ErrorSums } from '../../core/metrics/figures.ts';
import type { Model } from '../../core/model/model.ts';
import type { ProgressMeter } from '../batching/progressMeter.ts';
import { releaseCheckpoint } from '../checkpointFiles.ts';
import { detailRangesOf } from '../measure/detailRanges.ts';
import { isCopied } from '../measure/layouts.ts';
import type { QuantizedTensor } from '../measure/quantizeJob.ts';
import { openCheckpointWithConfig } from '../openCheckpoint.ts';
import type { SessionContext } from '../sessionContext.ts';
import { type Compared, comparePairs } from '../verify/comparePairs.ts';
import type { SavePlan } from './savePlan.ts';

export interface VerifyStagedJob {
  readonly folder: string;
  /** The file in it, when the target is a file. */
  readonly fileName: string | null;
  readonly nonFinite: 'refuse' | 'clamp';
  readonly meter: ProgressMeter;
  readonly stop?: AbortSignal | undefined;
}

/**
 * Reads the staged files back as a stranger would, with the strict reader and the format's own recogniser, and compares
 * every tensor with its source: the error must be, to the last bit, the one that encoding reported, and a kept tensor
 * must have the source's bytes.
 * @returns the full sums of every tensor that is not copied, by name
 * @throws Failure `save/verify-failed`, and what reading throws
 */
export async function verifyStaged(
  context: SessionContext,
  save: SavePlan,
  encoded: ReadonlyMap<string, QuantizedTensor>,
  job: VerifyStagedJob,
): Promise<ReadonlyMap<string, ErrorSums>> {
  const { folder, fileName } = job;
  const { model } = await openCheckpointWithConfig(fileName === null ? folder : join(folder, fileName));
  try {
    return await verifySaved(context, save, encoded, { saved: model, ...job });
  } finally {
    releaseCheckpoint(model.checkpoint);
  }
}

async function verifySaved(
  context: SessionContext,
  save: SavePlan,
  encoded: ReadonlyMap<string, QuantizedTensor>,
  { saved, nonFinite, meter, stop }: VerifyStagedJob & { readonly saved: Model },
): Promise<ReadonlyMap<string, ErrorSums>> {
  const savedByName = new Map(saved.tensors.map((tensor) => [tensor.name, tensor]));
  assertSameTensors(save.layouts, saved);
  const layoutOf = new Map(save.layouts.map((layout) => [layout.tensor.name, layout]));
  const sums = new Map<string, ErrorSums>();
  const quantized = save.layouts.filter((layout) => !isCopied(layout) && layout.tensor.elements > 0);
  const detailRanges = await detailRangesOf(context, quantized, { meter, stop });
  await comparePairs(context.pool, {
    pairs: save.layouts.map((layout) => ({
      original: layout.tensor,
      saved: savedByName.get(layout.tensor.name)!,
      identical: isCopied(layout),
    })),
    nonFinite,
    detailRanges,
    meter,
    stop,
    onTensor: (name, compared) => {
      const layout = layoutOf.get(name)!;
      assertAsReported(layout, compared, encoded.get(name));
      if (!isCopied(layout)) sums.set(name, withEncoded(compared.sums, encoded.get(name)!.sums));
    },
  });
  return sums;
}

/** What only the encoder sees: which weights were clipped, and the codes. */
function withEncoded(found: ErrorSums, encoded: ErrorSums): ErrorSums {
  const { clipped, clippedSquaredError } = encoded;
  const sums = { ...found, clipped, clippedSquaredError };
  if (found.details === undefined) return sums;
  return { ...sums, details: { ...found.details, codeCounts: encoded.details?.codeCounts ?? null } };
}

function assertSameTensors(layouts: readonly TensorLayout[], saved: Model): void {
  const shapes = new Map(saved.tensors.map(({ name, shape }) => [name, shape.join('×')]));
  for (const { tensor } of layouts) {
    const expected = tensor.shape.join('×');
    const found = shapes.get(tensor.name) ?? 'no such tensor';
    if (found !== expected) throw verifyFailure(tensor.name, `shape ${expected}`, found);
    shapes.delete(tensor.name);
  }
  for (const [name, shape] of shapes) throw verifyFailure(name, 'no such tensor', `shape ${shape}`);
}

function assertAsReported(layout: TensorLayout, found: Compared, encoded: QuantizedTensor | undefined): void {
  const { name } = layout.tensor;
  if (isCopied(layout)) {
    if (!found.identical) throw verifyFailure(name, 'the bytes of the source', 'other bytes');
    return;
  }
  const expected = encoded!.sums;
  const isSame = found.sums.squaredError === expected.squaredError && found.sums.maxError === expected.maxError;
  if (isSame) return;
  const describe = (sums: ErrorSums): string => `Σ(x-x')² ${sums.squaredError}, max|x-x'| ${sums.maxError}`;
  throw verifyFailure(name, describe(expected), describe(found.sums));
}

function verifyFailure(tensor: string, expected: string, found: string): Failure {
  return new Failure('save/verify-failed', { tensor, expected, found });
}

import { GpuLimitError, type GpuSearchJob } from './gpuSearchJob.ts';
import { JOB_WORDS } from './prelude.ts';
import type { ShaderJob, WeightDtype } from './searchKernel.ts';
import { type BufferBytes, slotBytes } from './searchRing.ts';

/** Invocations of a workgroup, unless the adapter allows fewer. */
const WORKGROUP = 64;
const BYTES: Readonly<Record<WeightDtype, number>> = { F16: 2, BF16: 2, F32: 4 };

/** How a job is cut into blocks of rows. */
export interface BlockPlan {
  readonly shader: ShaderJob;
  readonly rows: number;
  readonly perRow: number;
  readonly valuesPerSlice: number;
  readonly slicesPerWorkgroup: number;
  /** Words of scratch of a slice. */
  readonly scratchPerSlice: number;
  /** What a whole block needs. */
  readonly bytes: BufferBytes;
}

/** Some rows of a job. */
export interface Block {
  /** The uniform `job` of the prelude. */
  readonly words: Uint32Array<ArrayBuffer>;
  readonly bytes: Uint8Array;
  /** The first of its values among those of the job. */
  readonly firstValue: number;
  /** F32 of its slices, and behind them those of its workgroups. */
  readonly values: number;
  readonly sums: number;
  /** Workgroups that write, over two dimensions; the rectangle may hold a few more. */
  readonly width: number;
  readonly height: number;
}

/**
 * A block is as many rows as the limits of the device and a slot of the ring hold.
 * @param subgroup see `ShaderJob`
 * @param mostBytes of a slot
 * @throws GpuLimitError where not even one row fits
 */
export function planBlocks(
  limits: GPUSupportedLimits,
  { kernel, quantizer, inputs, dtype, rows: allRows }: GpuSearchJob,
  subgroup: number,
  mostBytes: number,
): BlockPlan {
  const groupSize = 'groupSize' in quantizer ? quantizer.groupSize : null;
  const sliceLength = Math.min(groupSize ?? inputs, inputs);
  const perRow = Math.ceil(inputs / sliceLength);
  const shader: ShaderJob = { quantizer, dtype, workgroup: workgroupOf(limits), subgroup, sliceLength };
  const slicesPerWorkgroup = kernel.slicesPerWorkgroup(shader);
  const valuesPerSlice = kernel.valuesPerSlice(quantizer);
  const valuesPerWorkgroup = kernel.valuesPerWorkgroup ?? 0;
  const scratchPerSlice = kernel.scratchPerSlice?.(sliceLength) ?? 0;
  const bytesOf = (rows: number): BufferBytes => {
    const workgroups = Math.ceil((rows * perRow) / slicesPerWorkgroup);
    // A dispatch is a rectangle of workgroups: a few more than there are slices.
    const spread = workgroups + Math.ceil(workgroups / limits.maxComputeWorkgroupsPerDimension);
    return {
      weights: Math.ceil((rows * inputs * BYTES[dtype]) / 4) * 4,
      found: 4 * (rows * perRow * valuesPerSlice + spread * valuesPerWorkgroup),
      scratch: Math.max(4, 4 * scratchPerSlice * spread * slicesPerWorkgroup),
    };
  };
  const fits = (rows: number): boolean => {
    const bytes = bytesOf(rows);
    const largest = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
    return Math.max(bytes.weights, bytes.found, bytes.scratch) <= largest && slotBytes(bytes) <= mostBytes;
  };
  let rows = allRows;
  while (rows > 1 && !fits(rows)) rows = Math.ceil(rows / 2);
  // Blocks begin on a word.
  if (rows < allRows && (rows * inputs * BYTES[dtype]) % 4 !== 0) rows += rows > 1 ? -1 : 1;
  if (!fits(rows)) throw new GpuLimitError(`a row of ${inputs} weights is more than the device holds at once`);
  return { shader, rows, perRow, valuesPerSlice, slicesPerWorkgroup, scratchPerSlice, bytes: bytesOf(rows) };
}

/** The block of a job that begins with a row. */
export function blockAt(limits: GPUSupportedLimits, job: GpuSearchJob, plan: BlockPlan, firstRow: number): Block {
  const rows = Math.min(plan.rows, job.rows - firstRow);
  const rowBytes = job.inputs * BYTES[job.dtype];
  const rowValues = plan.perRow * plan.valuesPerSlice;
  const slices = rows * plan.perRow;
  const workgroups = Math.ceil(slices / plan.slicesPerWorkgroup);
  const height = Math.ceil(workgroups / limits.maxComputeWorkgroupsPerDimension);
  const words = new Uint32Array(JOB_WORDS);
  words.set([slices, job.inputs, plan.shader.sliceLength, plan.perRow, job.rounds ?? 0, plan.scratchPerSlice]);
  return {
    words,
    bytes: job.bytes.subarray(firstRow * rowBytes, (firstRow + rows) * rowBytes),
    firstValue: firstRow * rowValues,
    values: rows * rowValues,
    sums: workgroups * (job.kernel.valuesPerWorkgroup ?? 0),
    width: Math.ceil(workgroups / height),
    height,
  };
}

/** A power of two. */
export function workgroupOf({
  maxComputeInvocationsPerWorkgroup,
  maxComputeWorkgroupSizeX,
}: GPUSupportedLimits): number {
  let size = WORKGROUP;
  while (size > Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX)) size /= 2;
  return size;
}

import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import { JOB_WORDS } from './prelude.ts';
import type { SearchKernel, WeightDtype } from './searchKernel.ts';

/** Weights as they lie in a file, and what is searched of them. */
export interface GpuSearchJob {
  readonly kernel: SearchKernel;
  readonly quantizer: Quantizer;
  readonly dtype: WeightDtype;
  /** Rows of the 2-D view, one after the other. */
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly inputs: number;
  /** Rounds of HQQ's solver. */
  readonly rounds?: number;
}

export interface GpuSearchResult {
  /** Slice by slice, row-major: what `valuesPerSlice` of the kernel says. */
  readonly values: Float32Array<ArrayBuffer>;
  /** What workgroups gave beside, summed in double; empty where the kernel has none. */
  readonly sums: Float64Array<ArrayBuffer>;
}

/** What a device cannot hold: the caller searches by other means. */
export class GpuLimitError extends Error {
  override readonly name = 'GpuLimitError';
}

/** Blocks in flight, so that uploads, dispatches and read-backs overlap. */
const SLOTS = 4;
/** Bytes of all buffers of all slots. */
const RING_BYTES = 256 * 2 ** 20;
/** Invocations of a workgroup, unless the adapter allows fewer. */
const WORKGROUP = 64;
const BYTES: Readonly<Record<WeightDtype, number>> = { F16: 2, BF16: 2, F32: 4 };

interface Slot {
  readonly weights: GPUBuffer;
  readonly found: GPUBuffer;
  readonly scratch: GPUBuffer;
  readonly job: GPUBuffer;
  readonly readBack: GPUBuffer;
  readonly bindings: GPUBindGroup;
}

/** How a job is cut into blocks of rows. */
interface BlockPlan {
  readonly rows: number;
  readonly perRow: number;
  readonly sliceLength: number;
  readonly workgroup: number;
  readonly slicesPerWorkgroup: number;
  readonly bytes: { readonly weights: number; readonly found: number; readonly scratch: number };
}

/**
 * Searches on a device, block by block: a block is as many rows as the limits of the device and a quarter of the ring hold.
 * @throws GpuLimitError where not even one row fits; Error of a shader or of a device that was lost
 */
export async function gpuSearch(device: GPUDevice, job: GpuSearchJob): Promise<GpuSearchResult> {
  const plan = planBlocks(device.limits, job);
  const perSlice = job.kernel.valuesPerSlice(job.quantizer);
  const values = new Float32Array(job.rows * plan.perRow * perSlice);
  const sums = new Float64Array(job.kernel.valuesPerWorkgroup ?? 0);
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  const slots: Slot[] = [];
  let fault: unknown = null;
  try {
    const pipeline = pipelineOf(device, job, plan);
    const blocks = Math.ceil(job.rows / plan.rows);
    for (let slot = 0; slot < Math.min(SLOTS, blocks); slot++) slots.push(openSlot(device, pipeline, plan));
    // A slot serves every fourth block; sums are added in the order of the blocks.
    let added = Promise.resolve();
    const ready = slots.map(() => Promise.resolve());
    for (let block = 0; block < blocks; block++) {
      const turn = block % slots.length;
      await ready[turn];
      const slot = slots[turn]!;
      const first = block * plan.rows;
      const rows = Math.min(plan.rows, job.rows - first);
      const workgroups = submit(device, pipeline, slot, job, plan, first, rows);
      const before = added;
      ready[turn] = readBack(slot, rows * plan.perRow * perSlice, workgroups * sums.length).then(async (found) => {
        values.set(found.subarray(0, rows * plan.perRow * perSlice), first * plan.perRow * perSlice);
        await before;
        for (let i = rows * plan.perRow * perSlice, k = 0; i < found.length; i++, k++)
          sums[k % sums.length]! += found[i]!;
      });
      added = ready[turn]!;
    }
    await Promise.all(ready);
  } catch (error) {
    fault = error;
  }
  const errors = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  for (const slot of slots) closeSlot(slot);
  const error = errors.find((each) => each !== null);
  if (error != null) throw new Error(error.message);
  if (fault !== null) throw fault;
  return { values, sums };
}

function planBlocks(limits: GPUSupportedLimits, job: GpuSearchJob): BlockPlan {
  const { kernel, quantizer, inputs, dtype } = job;
  const groupSize = 'groupSize' in quantizer ? quantizer.groupSize : null;
  const sliceLength = Math.min(groupSize ?? inputs, inputs);
  const perRow = Math.ceil(inputs / sliceLength);
  const workgroup = workgroupOf(limits);
  const slicesPerWorkgroup = kernel.slicesPerWorkgroup({ quantizer, dtype, workgroup, sliceLength });
  const bytesOf = (rows: number): BlockPlan['bytes'] => {
    const workgroups = Math.ceil((rows * perRow) / slicesPerWorkgroup);
    const values = rows * perRow * kernel.valuesPerSlice(quantizer) + workgroups * (kernel.valuesPerWorkgroup ?? 0);
    // A dispatch is a rectangle of workgroups: a few more than there are slices.
    const spread = workgroups + Math.ceil(workgroups / limits.maxComputeWorkgroupsPerDimension);
    return {
      weights: Math.ceil((rows * inputs * BYTES[dtype]) / 4) * 4,
      found: 4 * values + 4 * (kernel.valuesPerWorkgroup ?? 0) * (spread - workgroups),
      scratch: Math.max(4, 4 * (kernel.scratchPerSlice?.(sliceLength) ?? 0) * spread * slicesPerWorkgroup),
    };
  };
  const fits = (rows: number): boolean => {
    const { weights, found, scratch } = bytesOf(rows);
    const largest = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
    // The read-back is as large as what is found; the upload is staged once more by the driver.
    return Math.max(weights, found, scratch) <= largest && 2 * weights + 2 * found + scratch <= RING_BYTES / SLOTS;
  };
  let rows = job.rows;
  while (rows > 1 && !fits(rows)) rows = Math.ceil(rows / 2);
  // Blocks begin on a word.
  if (rows < job.rows && (rows * inputs * BYTES[dtype]) % 4 !== 0) rows += rows > 1 ? -1 : 1;
  if (!fits(rows)) throw new GpuLimitError(`a row of ${inputs} weights is more than the device holds at once`);
  return { rows, perRow, sliceLength, workgroup, slicesPerWorkgroup, bytes: bytesOf(rows) };
}

/** A power of two. */
function workgroupOf({ maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX }: GPUSupportedLimits): number {
  let size = WORKGROUP;
  while (size > Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX)) size /= 2;
  return size;
}

/** Pipelines by their shader: drivers take a while to compile one. */
const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

function pipelineOf(
  device: GPUDevice,
  { kernel, quantizer, dtype }: GpuSearchJob,
  plan: BlockPlan,
): GPUComputePipeline {
  const { workgroup, sliceLength } = plan;
  const code = kernel.shader({ quantizer, dtype, workgroup, sliceLength });
  const known = pipelines.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelines.set(device, known);
  let pipeline = known.get(code);
  if (pipeline === undefined) {
    const module = device.createShaderModule({ label: kernel.name, code });
    pipeline = device.createComputePipeline({ layout: layoutOf(device), compute: { module } });
    known.set(code, pipeline);
  }
  return pipeline;
}

/** Every kernel has the bindings of the prelude, whether it reads them or not. */
function layoutOf(device: GPUDevice): GPUPipelineLayout {
  const COMPUTE = 4;
  const types: readonly GPUBufferBindingType[] = ['uniform', 'read-only-storage', 'storage', 'storage'];
  const entries = types.map((type, binding) => ({ binding, visibility: COMPUTE, buffer: { type } }));
  return device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
}

function openSlot(device: GPUDevice, pipeline: GPUComputePipeline, { bytes }: BlockPlan): Slot {
  const [UNIFORM, STORAGE, COPY_SRC, COPY_DST, MAP_READ] = [0x40, 0x80, 0x04, 0x08, 0x01];
  const job = device.createBuffer({ size: 4 * JOB_WORDS, usage: UNIFORM | COPY_DST });
  const weights = device.createBuffer({ size: bytes.weights, usage: STORAGE | COPY_DST });
  const found = device.createBuffer({ size: bytes.found, usage: STORAGE | COPY_SRC });
  const scratch = device.createBuffer({ size: bytes.scratch, usage: STORAGE });
  const readBack = device.createBuffer({ size: bytes.found, usage: MAP_READ | COPY_DST });
  const bindings = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [job, weights, found, scratch].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  return { weights, found, scratch, job, readBack, bindings };
}

function closeSlot({ weights, found, scratch, job, readBack }: Slot): void {
  for (const buffer of [weights, found, scratch, job, readBack]) buffer.destroy();
}

/** @returns workgroups that write */
function submit(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  slot: Slot,
  job: GpuSearchJob,
  plan: BlockPlan,
  first: number,
  rows: number,
): number {
  const { perRow, sliceLength, slicesPerWorkgroup, bytes } = plan;
  const rowBytes = job.inputs * BYTES[job.dtype];
  const weights = job.bytes.subarray(first * rowBytes, (first + rows) * rowBytes);
  writeWords(device, slot.weights, weights);
  const slices = rows * perRow;
  const scratchWords = bytes.scratch === 4 ? 0 : (job.kernel.scratchPerSlice?.(sliceLength) ?? 0);
  const words = new Uint32Array(JOB_WORDS);
  words.set([slices, job.inputs, sliceLength, perRow, job.rounds ?? 0, scratchWords]);
  device.queue.writeBuffer(slot.job, 0, words);
  const workgroups = Math.ceil(slices / slicesPerWorkgroup);
  const most = device.limits.maxComputeWorkgroupsPerDimension;
  const height = Math.ceil(workgroups / most);
  const width = Math.ceil(workgroups / height);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, slot.bindings);
  pass.dispatchWorkgroups(width, height);
  pass.end();
  encoder.copyBufferToBuffer(slot.found, 0, slot.readBack, 0, bytes.found);
  device.queue.submit([encoder.finish()]);
  return workgroups;
}

/** Writes are of whole words: the last one is filled up. */
function writeWords(device: GPUDevice, buffer: GPUBuffer, bytes: Uint8Array): void {
  const whole = bytes.length - (bytes.length % 4);
  if (whole > 0) device.queue.writeBuffer(buffer, 0, bytes as Uint8Array<ArrayBuffer>, 0, whole);
  if (whole === bytes.length) return;
  const last = new Uint8Array(4);
  last.set(bytes.subarray(whole));
  device.queue.writeBuffer(buffer, whole, last);
}

async function readBack({ readBack: buffer }: Slot, slices: number, workgroups: number): Promise<Float32Array> {
  await buffer.mapAsync(1);
  const found = new Float32Array(buffer.getMappedRange(0, 4 * (slices + workgroups)).slice(0));
  buffer.unmap();
  return found;
}

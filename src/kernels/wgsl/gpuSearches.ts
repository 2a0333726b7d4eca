import { type Block, blockAt, planBlocks } from './blockPlan.ts';
import { underErrorScopes } from './errorScopes.ts';
import type { GpuSearchJob, GpuSearchResult } from './gpuSearchJob.ts';
import { SearchPipelines, searchLayout } from './searchPipelines.ts';
import { type BufferBytes, SearchRing, type Slot, type SlotBuffers } from './searchRing.ts';

export { GpuLimitError, type GpuSearchJob, type GpuSearchResult } from './gpuSearchJob.ts';
export { subgroupLanes } from './subgroupLanes.ts';

export interface GpuSearchesOptions {
  /** Lanes that reduce by subgroup operations, as `subgroupLanes` says; 1 unless told: none. */
  readonly subgroup?: number;
  /** Most bytes of all buffers; 256 MB unless told. */
  readonly ringBytes?: number;
}

/**
 * The searches of one device. Calls may run side by side: blocks of all of them share one ring of buffers, at most 256 MB.
 * Uploads, dispatches and read-backs of different blocks overlap.
 */
export class GpuSearches {
  readonly #device: GPUDevice;
  readonly #subgroup: number;
  readonly #pipelines: SearchPipelines;
  readonly #ring: SearchRing;

  constructor(device: GPUDevice, { subgroup = 1, ringBytes }: GpuSearchesOptions = {}) {
    const layout = searchLayout(device);
    this.#device = device;
    this.#subgroup = subgroup;
    this.#pipelines = new SearchPipelines(device, layout);
    this.#ring = new SearchRing(device, layout, ringBytes);
  }

  /** Bytes of the buffers that are kept, and of the copies of uploads that a driver stages at most. */
  get bytes(): number {
    return this.#ring.bytes;
  }

  /**
   * Searches block by block. A block that fails ends its own call alone.
   * @throws GpuLimitError where not even one row fits; Error of a shader, of a device that was lost, or after `close`
   */
  async search(job: GpuSearchJob): Promise<GpuSearchResult> {
    const { limits } = this.#device;
    const plan = planBlocks(limits, job, this.#subgroup, this.#ring.mostSlotBytes);
    const pipeline = await this.#pipelines.of(job.kernel.name, job.kernel.shader(plan.shader));
    const values = new Float32Array(job.rows * plan.perRow * plan.valuesPerSlice);
    const sums = new Float64Array(job.kernel.valuesPerWorkgroup ?? 0);
    let added: Promise<unknown> = Promise.resolve();
    let hasFailed = false;
    // One slot is asked for at a time, so that a long call leaves those beside it their turns.
    for (let row = 0; row < job.rows && !hasFailed; row += plan.rows) {
      const block = blockAt(limits, job, plan, row);
      const found = this.#run(await this.#ring.take(), pipeline, plan.bytes, block);
      // In the order of the blocks, whichever is there first: sums are then the same every time.
      added = Promise.all([found, added]).then(([each]) => addFound(each, block, values, sums));
      added.catch(() => {
        hasFailed = true;
      });
    }
    await added;
    return { values, sums };
  }

  /** Destroys the buffers: calls that are not done fail. */
  close(): void {
    this.#ring.close();
  }

  /** What a block finds; its slot is free afterwards. */
  async #run(slot: Slot, pipeline: GPUComputePipeline, needed: BufferBytes, block: Block): Promise<Float32Array> {
    const bytes = 4 * (block.values + block.sums);
    try {
      const readBack = await underErrorScopes(this.#device, async () => {
        const buffers = this.#ring.fit(slot, needed);
        submit(this.#device, pipeline, buffers, block);
        await buffers.readBack.mapAsync(1, 0, bytes);
        return buffers.readBack;
      });
      const found = new Float32Array(readBack.getMappedRange(0, bytes).slice(0));
      readBack.unmap();
      this.#ring.give(slot);
      return found;
    } catch (error) {
      this.#ring.giveFailed(slot);
      throw error;
    }
  }
}

function submit(device: GPUDevice, pipeline: GPUComputePipeline, buffers: SlotBuffers, block: Block): void {
  writeWords(device, buffers.weights, block.bytes);
  device.queue.writeBuffer(buffers.job, 0, block.words);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, buffers.bindings);
  pass.dispatchWorkgroups(block.width, block.height);
  pass.end();
  encoder.copyBufferToBuffer(buffers.found, 0, buffers.readBack, 0, 4 * (block.values + block.sums));
  device.queue.submit([encoder.finish()]);
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

/** Values to their place; what the workgroups gave beside to the sums. */
function addFound(found: Float32Array, block: Block, values: Float32Array, sums: Float64Array): void {
  values.set(found.subarray(0, block.values), block.firstValue);
  for (let i = 0; i < block.sums; i++) sums[i % sums.length]! += found[block.values + i]!;
}

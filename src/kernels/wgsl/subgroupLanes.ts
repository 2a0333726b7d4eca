import { workgroupOf } from './blockPlan.ts';
import { underErrorScopes } from './errorScopes.ts';

/** What an invocation tells: the size of its subgroup, and whom it reaches by each step. */
const TOLD = 8;

/**
 * Lanes that may reduce by subgroup operations: the largest power of two S such that each invocation reaches, by a step of
 * subgroupShuffleXor smaller than S, the one that lies as far in the workgroup. WGSL does not promise how a workgroup is cut
 * into subgroups, so a workgroup is asked. S is at most the adapter's smallest subgroup, since a driver may choose the size
 * for each shader; where the adapter does not tell, the smallest that was seen.
 * @returns 1: without the feature, or where anything at all went wrong
 */
export async function subgroupLanes(adapter: GPUAdapter, device: GPUDevice): Promise<number> {
  if (!device.features.has('subgroups')) return 1;
  try {
    const workgroup = workgroupOf(device.limits);
    return lanesOf(await askWorkgroup(device, workgroup), workgroup, adapter.info?.subgroupMinSize);
  } catch {
    return 1;
  }
}

function lanesOf(told: Uint32Array, workgroup: number, least: number | undefined): number {
  const all = Array.from({ length: workgroup }, (_, lane) => told.subarray(lane * TOLD, (lane + 1) * TOLD));
  // 0: an adapter that does not tell.
  const most = Math.min(workgroup, least || workgroup, ...all.map(([size]) => size!));
  let [lanes, bit] = [1, 0];
  while (2 * lanes <= most && all.every((each, lane) => each[1 + bit] === (lane ^ lanes))) {
    lanes *= 2;
    bit++;
  }
  return lanes;
}

/** By invocation: the size of its subgroup, then whom it reaches by the steps 1, 2, 4, … */
async function askWorkgroup(device: GPUDevice, workgroup: number): Promise<Uint32Array> {
  const [STORAGE, COPY_SRC, COPY_DST, MAP_READ] = [0x80, 0x04, 0x08, 0x01];
  const size = 4 * TOLD * workgroup;
  const told = device.createBuffer({ size, usage: STORAGE | COPY_SRC });
  const readBack = device.createBuffer({ size, usage: MAP_READ | COPY_DST });
  try {
    await underErrorScopes(device, () => {
      const module = device.createShaderModule({ label: 'subgroupLanes', code: shader(workgroup) });
      const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
      const entries = [{ binding: 0, resource: { buffer: told } }];
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
      pass.dispatchWorkgroups(1);
      pass.end();
      encoder.copyBufferToBuffer(told, 0, readBack, 0, size);
      device.queue.submit([encoder.finish()]);
      return readBack.mapAsync(1);
    });
    return new Uint32Array(readBack.getMappedRange().slice(0));
  } finally {
    told.destroy();
    readBack.destroy();
  }
}

function shader(workgroup: number): string {
  return `enable subgroups;
@group(0) @binding(0) var<storage, read_write> told: array<u32>;
@compute @workgroup_size(${workgroup})
fn main(@builtin(local_invocation_index) lane: u32, @builtin(subgroup_size) size: u32) {
  told[lane * ${TOLD}u] = size;
  for (var bit = 0u; (1u << bit) < ${workgroup}u; bit++) {
    told[lane * ${TOLD}u + 1u + bit] = subgroupShuffleXor(lane, 1u << bit);
  }
}
`;
}

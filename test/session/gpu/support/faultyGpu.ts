/**
 * The GPU process with a real device on which something goes wrong, by FAULT:
 *
 *   endless   every search is a shader that never ends
 *   destroy   `device.destroy()` at the eighth search: three are asked at a time, so some were answered
 *   kill      the process kills itself at the eighth search
 *   limit     the device binds 1 MB at a time
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { GpuSearches } from '../../../../src/kernels/wgsl/gpuSearches.ts';
import type { GpuRequest } from '../../../../src/protocol/gpu.ts';
import { nodeGpu, whyNoAdapter } from '../../../../src/worker/gpu/nodeGpu.ts';
import { type OpenedDevice, openDevice } from '../../../../src/worker/gpu/openDevice.ts';
import { serveGpu } from '../../../../src/worker/gpu/serveGpu.ts';

const ENDLESS = `
@group(0) @binding(0) var<storage, read_write> found: array<u32>;
@compute @workgroup_size(1) fn main() {
  // The driver cannot know that it is never 7.
  loop { if (found[0] == 7u) { break; } found[1] += 1u; }
}`;

let searches = 0;

/** The device, made to fail as FAULT says. */
function spoil(opened: OpenedDevice): OpenedDevice {
  const { device } = opened;
  if (process.env.FAULT === 'limit') return { ...opened, searches: new GpuSearches(limited(device)) };
  const search: GpuSearches['search'] = async (job) => {
    searches++;
    if (process.env.FAULT === 'endless') return runEndlessly(device);
    if (process.env.FAULT === 'destroy' && searches === 8) device.destroy();
    if (process.env.FAULT === 'kill' && searches === 8) process.kill(process.pid, 'SIGKILL');
    return opened.searches.search(job);
  };
  return { ...opened, searches: { search } as GpuSearches };
}

async function runEndlessly(device: GPUDevice): Promise<never> {
  const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [1, 4, 8, 0x80];
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: ENDLESS }) },
  });
  const buffer = device.createBuffer({ size: 8, usage: STORAGE | COPY_SRC });
  const read = device.createBuffer({ size: 8, usage: MAP_READ | COPY_DST });
  const bindings = { layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer } }] };
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup(bindings));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, read, 0, 8);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(1);
  throw new Error('it ended');
}

function limited(device: GPUDevice): GPUDevice {
  const limits = new Proxy(device.limits, {
    get: (target, name) => (name === 'maxStorageBufferBindingSize' ? 2 ** 20 : Reflect.get(target, name, target)),
  });
  return new Proxy(device, {
    get: (target, name) => {
      if (name === 'limits') return limits;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

serveGpu(
  {
    post: (message) => process.send?.(message),
    onMessage: (listener) => process.on('message', (request) => listener(request as GpuRequest)),
  },
  {
    open: async ({ module }) => {
      const opened = await openDevice(await nodeGpu(module ?? ''));
      return opened === null ? whyNoAdapter() : spoil(opened);
    },
    weightsOf: ({ rows, inputs, dtype }, weights) => {
      if (!('lie' in weights)) return weights.lent;
      const { stored, firstRow, view } = weights.lie;
      if (view.transposed) throw new Error('this process reads plain rows');
      const rowBytes = inputs * (dtype === 'F32' ? 4 : 2);
      const bytes = new Uint8Array(rows * rowBytes);
      const file = openSync(stored.path, 'r');
      readSync(file, bytes, 0, bytes.length, stored.start + firstRow * rowBytes);
      closeSync(file);
      return bytes;
    },
  },
);

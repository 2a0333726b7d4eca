import { GpuSearches, subgroupLanes } from '../../kernels/wgsl/gpuSearches.ts';
import type { GpuLimits, GpuState } from '../../protocol/gpu.ts';

export interface OpenedDevice {
  /** Have to be held: Dawn's binding crashes where they are collected before their device. */
  readonly held: readonly unknown[];
  readonly device: GPUDevice;
  readonly searches: GpuSearches;
  readonly state: GpuState;
}

/** A device of the best adapter, with the limits and the subgroups that it has; or null: no adapter. */
export async function openDevice(gpu: GPU): Promise<OpenedDevice | null> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return null;
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
    requiredFeatures: adapter.features.has('subgroups') ? ['subgroups'] : [],
  });
  const subgroup = await subgroupLanes(adapter, device);
  const searches = new GpuSearches(device, { subgroup });
  const { info } = adapter;
  const state: GpuState = {
    available: true,
    adapter: nameOf(info),
    driver: info.description,
    software: isSoftware(info),
    limits: limitsOf(device.limits),
    subgroup,
  };
  return { held: [gpu, adapter], device, searches, state };
}

function limitsOf(limits: GPUSupportedLimits): GpuLimits {
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeInvocationsPerWorkgroup } = limits;
  return { maxBufferSize, maxStorageBufferBindingSize, maxComputeInvocationsPerWorkgroup };
}

/** Browsers tell vendor and architecture alone. */
function nameOf({ vendor, architecture, device }: GPUAdapterInfo): string {
  const name = device !== '' ? device : [vendor, architecture].filter((part) => part !== '').join(' ');
  return name === '' ? 'unnamed adapter' : name;
}

/** Adapters that compute on the CPU: slower than WASM there. */
function isSoftware(info: GPUAdapterInfo): boolean {
  const text = [info.vendor, info.architecture, info.device, info.description].join(' ');
  return info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(text);
}

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GpuState } from '../../protocol/gpu.ts';

export interface OpenedDevice {
  /** Has to be held: the binding crashes where it is collected before its device. */
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  readonly device: GPUDevice;
  readonly state: GpuState;
}

/** Dawn's prebuilt binding is linked against this glibc. */
const LEAST_GLIBC = 2.34;
const PACKAGE = 'webgpu';

interface WebGpuPackage {
  readonly create: (options: readonly string[]) => GPU;
}

/** A device of the best adapter, or the reason why there is none. */
export async function openDevice(module: string | null): Promise<OpenedDevice | string> {
  const found = resolve(module ?? PACKAGE);
  if (found === null) return module === null ? 'package not installed: webgpu' : `package not found: ${module}`;
  const glibc = glibcVersion();
  if (glibc !== null && glibc < LEAST_GLIBC) return `glibc too old: ${glibc}, the webgpu package needs ${LEAST_GLIBC}`;
  const { create } = (await import(pathToFileURL(found).href)) as WebGpuPackage;
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return hasVulkanLoader() ? 'no adapter' : 'no Vulkan loader';
  const { limits } = adapter;
  const { maxStorageBufferBindingSize, maxBufferSize } = limits;
  const device = await adapter.requestDevice({ requiredLimits: { maxStorageBufferBindingSize, maxBufferSize } });
  return {
    gpu,
    adapter,
    device,
    state: { available: true, adapter: nameOf(adapter.info), software: isSoftware(adapter.info) },
  };
}

/** Beside the running bundle, as an optional peer dependency is, else where the command runs. */
function resolve(name: string): string | null {
  for (const start of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(start).resolve(name);
    } catch {
      // Not found from here.
    }
  }
  return null;
}

function nameOf({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return description || [vendor, architecture, device].filter((part) => part !== '').join(' ') || 'unnamed adapter';
}

/** Adapters that compute on the CPU: slower than WASM there. */
function isSoftware(info: GPUAdapterInfo): boolean {
  const text = [info.vendor, info.architecture, info.device, info.description].join(' ');
  return info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(text);
}

/** Null where there is no glibc. */
function glibcVersion(): number | null {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(header?.glibcVersionRuntime ?? '') ?? [];
  return major === undefined ? null : Number(`${major}.${minor?.padStart(2, '0')}`);
}

function hasVulkanLoader(): boolean {
  if (process.platform !== 'linux') return true;
  const folders = [
    ...(process.env.LD_LIBRARY_PATH ?? '').split(':'),
    ...['/usr/lib', '/usr/lib64', '/lib', '/usr/local/lib'],
    ...['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu`),
  ];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, 'libvulkan.so.1')));
}

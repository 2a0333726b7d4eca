import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type GpuText, gpuText } from '../../core/text/gpuTexts.ts';

interface WebGpuPackage {
  readonly create: (options: readonly string[]) => GPU;
}

/** The entry to WebGPU of the package at a path. @throws Error of the system, where it cannot load the package's library */
export async function nodeGpu(path: string): Promise<GPU> {
  const { create } = (await import(pathToFileURL(path).href)) as WebGpuPackage;
  return create([]);
}

/** Why a package that was loaded has no adapter. */
export function whyNoAdapter(): GpuText {
  return gpuText(hasVulkanLoader() ? 'no-adapter' : 'no-vulkan-loader');
}

function hasVulkanLoader(): boolean {
  if (process.platform !== 'linux') return true;
  const folders = [
    ...(process.env.LD_LIBRARY_PATH ?? '').split(':'),
    ...['/usr/lib', '/usr/lib64', '/lib', '/usr/local/lib'],
    ...['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu`),
  ];
  return folders.some((folder) => folder !== '' && existsSync(`${folder}/libvulkan.so.1`));
}

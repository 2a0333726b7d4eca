/** What `GpuPage` runs in the page. */
import { gpuSearch } from '../../../src/kernels/wgsl/gpuSearch.ts';
import { searchKernelOf } from '../../../src/kernels/wgsl/searchKernels.ts';
import type { PageSearch } from './gpuPage.ts';

type Asked = Omit<PageSearch, 'bytes'> & { readonly base64: string };

let device: GPUDevice | null = null;

const searchOnGpu = {
  async open(): Promise<string | null> {
    if (navigator.gpu === undefined) return 'no navigator.gpu';
    const adapter = await navigator.gpu.requestAdapter();
    if (adapter === null) return 'no adapter';
    device = await adapter.requestDevice();
    return null;
  },
  async search({ base64, limits, ...job }: Asked): Promise<{ values: number[]; sums: number[] }> {
    const kernel = searchKernelOf(job.quantizer);
    if (kernel === null || device === null) throw new Error('nothing to search, or no device');
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const found = await gpuSearch(limits === undefined ? device : withLimits(device, limits), {
      ...job,
      kernel,
      bytes,
    });
    return { values: [...found.values], sums: [...found.sums] };
  },
  destroy(): void {
    device?.destroy();
  },
};

/** The device, as if its adapter had these limits. */
function withLimits(of: GPUDevice, limits: Readonly<Record<string, number>>): GPUDevice {
  const narrowed = new Proxy(of.limits, {
    get: (target, name) => limits[String(name)] ?? Reflect.get(target, name, target),
  });
  return new Proxy(of, {
    get: (target, name) => {
      if (name === 'limits') return narrowed;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

Object.assign(globalThis, { searchOnGpu });

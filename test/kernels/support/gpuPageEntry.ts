/** What `GpuPage` runs in the page. */
import { GpuSearches, subgroupLanes } from '../../../src/kernels/wgsl/gpuSearches.ts';
import { searchKernelOf } from '../../../src/kernels/wgsl/searchKernels.ts';
import type { PageBuffers, PageOptions, PageSearch } from './gpuPage.ts';

type Asked = Omit<PageSearch, 'bytes'> & { readonly base64: string | null };
type Told = { readonly values: number[]; readonly sums: number[] } | { readonly error: string };

let device: GPUDevice | null = null;
let lanes = 1;
/** One per set of options: its pipelines and buffers are kept, as in a worker. */
const searches = new Map<string, GpuSearches>();
/** Bytes of buffers of the device, as they are made and destroyed. */
const live = { bytes: 0, most: 0, made: 0 };
const uncaptured: string[] = [];

const searchOnGpu = {
  /** The lanes of subgroup operations, or the reason why there is no device. */
  async open(): Promise<number | string> {
    if (navigator.gpu === undefined) return 'no navigator.gpu';
    const adapter = await navigator.gpu.requestAdapter();
    if (adapter === null) return 'no adapter';
    device = await adapter.requestDevice({ requiredFeatures: adapter.features.has('subgroups') ? ['subgroups'] : [] });
    device.addEventListener('uncapturederror', ({ error }) => uncaptured.push(error.message));
    lanes = await subgroupLanes(adapter, device);
    countBuffers(device);
    return lanes;
  },
  /** Side by side. */
  searchAll: (all: readonly Asked[], options: PageOptions): Promise<Told[]> =>
    Promise.all(all.map((asked) => search(asked, options))),
  buffers: (options: PageOptions): PageBuffers => ({
    told: searchesOf(options).bytes,
    live: live.bytes,
    most: live.most,
    made: live.made,
    uncaptured: uncaptured.splice(0),
  }),
  /** Closes the searches with these options, if there are any; the count of the most begins anew. */
  close(options: PageOptions): void {
    searchesOf(options).close();
    searches.delete(JSON.stringify(options));
    live.most = live.bytes;
  },
  destroy(): void {
    device?.destroy();
  },
};

async function search({ base64, ...job }: Asked, options: PageOptions): Promise<Told> {
  const kernel = searchKernelOf(job.quantizer);
  if (kernel === null) return { error: 'nothing to search' };
  const bytes =
    base64 === null
      ? new Uint8Array(job.rows * job.inputs * (job.dtype === 'F32' ? 4 : 2))
      : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  try {
    const found = await searchesOf(options).search({ ...job, kernel, bytes });
    return { values: [...found.values], sums: [...found.sums] };
  } catch (error) {
    return { error: String(error) };
  }
}

function searchesOf(options: PageOptions): GpuSearches {
  if (device === null) throw new Error('no device');
  const { limits, ringBytes, subgroups = false } = options;
  const key = JSON.stringify(options);
  const known = searches.get(key);
  if (known !== undefined) return known;
  const asIf = limits === undefined ? device : withLimits(device, limits);
  const made = new GpuSearches(asIf, {
    subgroup: subgroups ? lanes : 1,
    ...(ringBytes === undefined ? {} : { ringBytes }),
  });
  searches.set(key, made);
  return made;
}

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

function countBuffers(of: GPUDevice): void {
  const make = of.createBuffer.bind(of);
  of.createBuffer = (descriptor) => {
    const buffer = make(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    live.bytes += buffer.size;
    live.made++;
    live.most = Math.max(live.most, live.bytes);
    buffer.destroy = () => {
      live.bytes -= buffer.size;
      destroy();
    };
    return buffer;
  };
}

Object.assign(globalThis, { searchOnGpu });

import source from 'bundled:gpu';
import type { GpuMessage, GpuRequest } from '../../protocol/gpu.ts';
import type { GpuPort } from './gpuPort.ts';
import type { GpuRoad } from './gpuRoad.ts';
import type { HostRoadsOptions } from './hostRoads.ts';
import { lentRoad } from './lentRoad.ts';

/** The roads of a browser: a Web Worker beside the kernel workers, then a page. */
export function hostRoads({ connectPage }: HostRoadsOptions): readonly GpuRoad[] {
  const worker = lentRoad('worker', startGpuWorker);
  return connectPage === undefined ? [worker] : [worker, lentRoad('page', connectPage)];
}

/** What is asked of a browser's `Worker`. */
interface WebWorker {
  postMessage(message: GpuRequest, transfer: readonly ArrayBufferLike[]): void;
  terminate(): void;
  onmessage: ((event: { readonly data: GpuMessage }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
}

let address: string | null = null;

function startGpuWorker(): GpuPort {
  const { Worker } = globalThis as unknown as { Worker: new (url: string, options: { name: string }) => WebWorker };
  address ??= URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(address, { name: 'tensor-loupe-gpu' });
  return {
    post: (request) => {
      const lent = 'search' in request && 'lent' in request.weights ? [request.weights.lent.buffer] : [];
      worker.postMessage(request, lent);
    },
    onMessage: (handler) => {
      worker.onmessage = ({ data }) => handler(data);
    },
    onDeath: (handler) => {
      worker.onerror = ({ message }) => handler(message || 'the GPU worker could not be started', false);
    },
    setBusy: () => {},
    end: () => worker.terminate(),
  };
}

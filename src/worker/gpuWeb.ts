/**
 * The GPU worker of a browser: of the page, and of the web extension host. One script, started from a blob URL; it is lent
 * the weights of one block at a time and keeps none.
 */
import { gpuText } from '../core/text/gpuTexts.ts';
import type { GpuRequest } from '../protocol/gpu.ts';
import { openDevice } from './gpu/openDevice.ts';
import { serveGpu } from './gpu/serveGpu.ts';

declare const self: DedicatedWorkerGlobalScope;

serveGpu(
  {
    post: (message) => self.postMessage(message),
    onMessage: (listener) => {
      self.onmessage = ({ data }: MessageEvent<GpuRequest>) => listener(data);
    },
  },
  {
    open: async () => {
      const { gpu } = navigator as { gpu?: GPU };
      if (gpu === undefined) return gpuText('no-navigator-gpu');
      return (await openDevice(gpu)) ?? gpuText('no-adapter');
    },
    weightsOf: (_search, weights) => {
      if ('lent' in weights) return weights.lent;
      throw new Error('a browser reads no files: weights have to be lent');
    },
  },
);

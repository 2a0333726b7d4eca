/** The kernel worker of a browser: one script with the WASM kernels inside, started from a blob URL. */
import { loadKernels } from '../kernels/registry.ts';
import type { WorkerRequest, WorkerStop } from '../protocol/worker.ts';
import { LentFiles } from './files/lentFiles.ts';
import { serve } from './serve.ts';

declare const self: DedicatedWorkerGlobalScope;

const reader = new FileReaderSync();
const files = new LentFiles({
  readBlob: (blob, start, end) => new Uint8Array(reader.readAsArrayBuffer((blob as Blob).slice(start, end))),
  post: (message) => self.postMessage(message, [message.write.bytes.buffer as ArrayBuffer]),
});

/** A message to ourselves comes after those that wait; a timer would be held back by milliseconds. */
const { port1, port2 } = new MessageChannel();
const pause = (): Promise<void> =>
  new Promise((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });

serve(
  {
    post: (message) => self.postMessage(message),
    onMessage: (listener) => {
      self.onmessage = ({ data }: MessageEvent<WorkerRequest | WorkerStop>) => {
        if (!files.take(data)) listener(data);
      };
    },
  },
  { loadKernels: (backend) => loadKernels(backend), files, pause },
);

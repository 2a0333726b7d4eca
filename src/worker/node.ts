/** The kernel worker of a Node thread: bundled into dist/worker.cjs with the WASM kernels inside. */
import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { loadKernels } from '../kernels/registry.ts';
import { NodeFiles } from './files/nodeFiles.ts';
import { serve } from './serve.ts';

const port = parentPort;
if (port === null) throw new Error('the kernel worker runs in a worker thread');
serve(
  {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => port.on('message', listener),
  },
  // Messages are delivered before immediates run.
  { loadKernels: (backend) => loadKernels(backend), files: new NodeFiles(), pause: () => setImmediate() },
);

import type { LendMessage, WriteMessage } from '../../protocol/lending.ts';
import type { WorkerMessage, WorkerRequest, WorkerStop } from '../../protocol/worker.ts';
import { heldFiles } from '../web/heldFiles.ts';
import { webFileSystem } from '../web/webFileSystem.ts';
import type { WorkerPort } from './workerPort.ts';

/** What is asked of a browser's `Worker`. */
interface WebWorker {
  postMessage(message: WorkerRequest | WorkerStop | LendMessage): void;
  terminate(): void;
  onmessage: ((event: { readonly data: WorkerMessage | WriteMessage }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  onmessageerror: (() => void) | null;
}

/** Starts the kernel worker as a Web Worker, which is lent the files that are held and hands over what it writes. */
export function startWorkerThread(script: string): WorkerPort {
  const { Worker } = globalThis as unknown as { Worker: new (url: string, options: { name: string }) => WebWorker };
  const worker = new Worker(script, { name: 'tensor-loupe-kernels' });
  const disconnect = heldFiles.connect((message) => worker.postMessage(message));
  let isEnded = false;
  const end = (): void => {
    isEnded = true;
    disconnect();
    worker.terminate();
  };

  return {
    post: (message) => worker.postMessage(message),
    onMessage: (handler) => {
      worker.onmessage = ({ data }) => {
        if ('write' in data) webFileSystem.take(data);
        else handler(data);
      };
    },
    onDeath: (handler) => {
      const die = (why: string): void => {
        if (isEnded) return;
        end();
        handler(why);
      };
      // A Web Worker outlives its errors, but not its calls: what threw outside of one cannot be trusted any more.
      worker.onerror = ({ message }) => die(message || 'the worker could not be started');
      worker.onmessageerror = () => die('a message could not be read');
    },
    setBusy: () => {},
    terminate: async () => end(),
  };
}

import { Worker } from 'node:worker_threads';
import type { WorkerMessage } from '../../protocol/worker.ts';
import type { WorkerPort } from './workerPort.ts';

/** Starts the kernel worker on a Node thread. A script that cannot be loaded is reported by `onDeath`, like any crash. */
export function startWorkerThread(script: string): WorkerPort {
  // The host's flags (a test runner's loaders, an inspector) are not the worker's.
  const worker = new Worker(script, { execArgv: [], name: 'tensor-loupe-kernels' });
  worker.unref();
  let isTerminating = false;
  let deathReason: string | null = null;

  return {
    post: (message) => worker.postMessage(message),
    onMessage: (handler) => {
      worker.on('message', (message: WorkerMessage) => handler(message));
    },
    onDeath: (handler) => {
      // `error` comes before `exit`; only `exit` says that the thread is gone and its port is closed.
      worker.on('error', (error) => {
        deathReason = error instanceof Error ? error.message : String(error);
      });
      worker.on('messageerror', (error) => {
        deathReason = `a message could not be read: ${error.message}`;
        void worker.terminate();
      });
      worker.on('exit', (code) => {
        if (!isTerminating) handler(deathReason ?? `exit code ${code}`);
      });
    },
    setBusy: (busy) => {
      if (busy) worker.ref();
      else worker.unref();
    },
    terminate: async () => {
      isTerminating = true;
      await worker.terminate();
    },
  };
}

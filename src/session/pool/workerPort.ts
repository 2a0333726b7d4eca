import type { WorkerMessage, WorkerRequest, WorkerStop } from '../../protocol/worker.ts';

/** One running kernel worker, as the pool sees it: the seam between Node threads and Web Workers. */
export interface WorkerPort {
  post(message: WorkerRequest | WorkerStop): void;
  onMessage(handler: (message: WorkerMessage) => void): void;
  /** Called once, when the worker ended for whatever reason other than `terminate`. */
  onDeath(handler: (why: string) => void): void;
  /** A busy worker keeps the process alive, an idle one does not. */
  setBusy(busy: boolean): void;
  terminate(): Promise<void>;
}

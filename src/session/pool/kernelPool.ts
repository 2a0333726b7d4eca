import type { WorkerCallKind, WorkerCalls } from '../../protocol/worker.ts';

export interface CallHooks {
  readonly stop?: AbortSignal | undefined;
  /** Bytes read and written since the last report; negative when a dead worker's share is taken back for the retry. */
  readonly onProgress?: ((readBytes: number, writtenBytes: number) => void) | undefined;
  /** Milliseconds from when a worker took the call until it answered, without the wait before. */
  readonly onServed?: ((ms: number) => void) | undefined;
  /** Goes before everything that waits: what a person looks at now. */
  readonly urgent?: boolean | undefined;
}

export interface Backend {
  readonly id: string;
  readonly why: string;
}

/** Kernel workers behind one typed door. Every call ends: with its answer, a failure or an abort. */
export interface KernelPool {
  /** Calls that run at the same time. */
  readonly size: number;
  /** What the workers compute with, as the first of them answered. */
  readonly backend: Backend;
  /**
   * @throws Failure of the worker; `worker/died` when two workers died on the call
   * @throws AbortError when `stop` fired, after the worker has let go of the files
   */
  call<K extends WorkerCallKind>(
    kind: K,
    ask: WorkerCalls[K]['ask'],
    hooks?: CallHooks,
  ): Promise<WorkerCalls[K]['answer']>;
  /** Ends the workers; calls that still run are aborted. */
  dispose(): Promise<void>;
}

import { Failure } from '../../core/failure.ts';
import type { WorkerCallKind, WorkerCalls, WorkerMessage, WorkerRequest } from '../../protocol/worker.ts';
import { abortError } from './abort.ts';
import type { Backend, CallHooks, KernelPool } from './kernelPool.ts';
import type { WorkerPort } from './workerPort.ts';

/** A job that kills its worker is tried on this many workers in all. */
const MOST_ATTEMPTS = 2;

/** A worker that was asked to stop and does not answer for so long is ended. */
const STOP_PATIENCE_MS = 10_000;

type Answer = WorkerCalls[WorkerCallKind]['answer'];

interface Job {
  readonly request: WorkerRequest;
  readonly hooks: CallHooks;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
  takenAtMs: number;
  readBytes: number;
  writtenBytes: number;
  stopListener: (() => void) | null;
  stopTimer: ReturnType<typeof setTimeout> | null;
}

interface Slot {
  readonly port: WorkerPort;
  job: Job | null;
}

export interface WorkerPoolOptions {
  readonly size: number;
  readonly start: () => WorkerPort;
  readonly backend?: 'auto' | 'wasm' | 'ref';
}

/**
 * Workers are started when there is work for them and stay warm. Each serves one call at a time, so that whoever asks
 * decides the order. A worker that dies is replaced by the next call that needs one; its call is tried once more.
 */
export class WorkerPool implements KernelPool {
  readonly size: number;
  readonly #start: () => WorkerPort;
  readonly #wantedBackend: 'auto' | 'wasm' | 'ref';
  readonly #slots = new Set<Slot>();
  readonly #waiting: Job[] = [];
  #backend: Backend = { id: 'none', why: 'no kernel worker has been started yet' };
  #lastId = 0;
  #isDisposed = false;

  constructor(options: WorkerPoolOptions) {
    this.size = options.size;
    this.#start = options.start;
    this.#wantedBackend = options.backend ?? 'auto';
  }

  get backend(): Backend {
    return this.#backend;
  }

  call<K extends WorkerCallKind>(
    kind: K,
    ask: WorkerCalls[K]['ask'],
    hooks: CallHooks = {},
  ): Promise<WorkerCalls[K]['answer']> {
    return new Promise<Answer>((resolve, reject) => {
      if (this.#isDisposed || hooks.stop?.aborted) {
        reject(abortError());
        return;
      }
      const job: Job = {
        request: { id: ++this.#lastId, kind, ask } as WorkerRequest,
        hooks,
        resolve,
        reject,
        attempts: 0,
        takenAtMs: 0,
        readBytes: 0,
        writtenBytes: 0,
        stopListener: null,
        stopTimer: null,
      };
      job.stopListener = () => this.#stop(job);
      hooks.stop?.addEventListener('abort', job.stopListener, { once: true });
      if (hooks.urgent) this.#waiting.unshift(job);
      else this.#waiting.push(job);
      this.#dispatch();
    }) as Promise<WorkerCalls[K]['answer']>;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const slots = [...this.#slots];
    const jobs = [...this.#waiting.splice(0), ...slots.flatMap((slot) => slot.job ?? [])];
    this.#slots.clear();
    await Promise.all(slots.map((slot) => slot.port.terminate()));
    for (const job of jobs) this.#settle(job, () => job.reject(abortError()));
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (this.#waiting.length === 0) return;
      if (slot.job === null) this.#give(slot, this.#waiting.shift()!);
    }
    while (this.#waiting.length > 0 && this.#slots.size < this.size) {
      this.#give(this.#spawn(), this.#waiting.shift()!);
    }
  }

  #spawn(): Slot {
    const slot: Slot = { port: this.#start(), job: null };
    this.#slots.add(slot);
    slot.port.onMessage((message) => this.#receive(slot, message));
    slot.port.onDeath((why) => this.#bury(slot, why));
    // Messages are served in order, so the first call finds the kernels loaded. Id 0 is no job's.
    slot.port.post({ id: 0, kind: 'worker/hello', ask: { backend: this.#wantedBackend } });
    return slot;
  }

  #give(slot: Slot, job: Job): void {
    slot.job = job;
    job.attempts += 1;
    job.takenAtMs = performance.now();
    slot.port.setBusy(true);
    slot.port.post(job.request);
  }

  #receive(slot: Slot, message: WorkerMessage): void {
    if (message.re === 0) {
      if ('ok' in message && message.ok)
        this.#backend = describeBackend(message.answer as WorkerCalls['worker/hello']['answer']);
      return;
    }
    const job = slot.job;
    if (job === null || job.request.id !== message.re) return;
    if ('progress' in message) {
      this.#report(job, message.progress.readBytes, message.progress.writtenBytes);
      return;
    }
    slot.job = null;
    slot.port.setBusy(false);
    job.hooks.onServed?.(performance.now() - job.takenAtMs);
    this.#settle(job, () => {
      if (message.ok) job.resolve(message.answer);
      else job.reject(message.aborted ? abortError() : Failure.fromWire(message.failure));
    });
    this.#dispatch();
  }

  #bury(slot: Slot, why: string): void {
    this.#slots.delete(slot);
    const job = slot.job;
    slot.job = null;
    if (job !== null) {
      if (job.hooks.stop?.aborted) this.#settle(job, () => job.reject(abortError()));
      else if (job.attempts >= MOST_ATTEMPTS) this.#settle(job, () => job.reject(new Failure('worker/died', { why })));
      else {
        this.#report(job, -job.readBytes, -job.writtenBytes);
        this.#waiting.unshift(job);
      }
    }
    this.#dispatch();
  }

  #stop(job: Job): void {
    const place = this.#waiting.indexOf(job);
    if (place >= 0) {
      this.#waiting.splice(place, 1);
      this.#settle(job, () => job.reject(abortError()));
      return;
    }
    const slot = [...this.#slots].find((each) => each.job === job);
    if (slot === undefined) return;
    slot.port.post({ stop: job.request.id });
    job.stopTimer = setTimeout(() => {
      void slot.port.terminate().then(() => this.#bury(slot, 'it did not stop'));
    }, STOP_PATIENCE_MS);
  }

  #report(job: Job, readBytes: number, writtenBytes: number): void {
    job.readBytes += readBytes;
    job.writtenBytes += writtenBytes;
    if (readBytes !== 0 || writtenBytes !== 0) job.hooks.onProgress?.(readBytes, writtenBytes);
  }

  #settle(job: Job, settle: () => void): void {
    if (job.stopListener !== null) job.hooks.stop?.removeEventListener('abort', job.stopListener);
    if (job.stopTimer !== null) clearTimeout(job.stopTimer);
    settle();
  }
}

function describeBackend({ backend, backends }: WorkerCalls['worker/hello']['answer']): Backend {
  return { id: backend, why: backends.find(({ id }) => id === backend)?.why ?? '' };
}

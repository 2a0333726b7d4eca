import type { WorkerCallKind, WorkerCalls } from '../../../src/protocol/worker.ts';
import type { KernelPool } from '../../../src/session/pool/kernelPool.ts';

/** Answers of a worker that computes nothing, for what the session does around it. */
export type FakeHandlers = { [K in WorkerCallKind]?: (ask: WorkerCalls[K]['ask']) => WorkerCalls[K]['answer'] };

export interface FakePool extends KernelPool {
  /** Every call served so far. */
  readonly calls: { readonly kind: WorkerCallKind; readonly ask: WorkerCalls[WorkerCallKind]['ask'] }[];
  /** Calls wait until this is called. */
  release(): void;
}

/** A pool in this process. With `held`, calls are answered only after `release`. */
export function fakePool(handlers: FakeHandlers, { size = 2, held = false } = {}): FakePool {
  const calls: FakePool['calls'] = [];
  let release = (): void => {};
  const gate = held ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve();
  return {
    size,
    backend: { id: 'fake', why: 'a test' },
    calls,
    release: () => release(),
    async call(kind, ask, hooks = {}) {
      const aborted = (): Error => new DOMException('The job was stopped.', 'AbortError');
      const stopped = new Promise<never>((_, reject) => {
        hooks.stop?.addEventListener('abort', () => reject(aborted()));
      });
      if (hooks.stop?.aborted) throw aborted();
      await Promise.race([gate, stopped]);
      calls.push({ kind, ask });
      const handler = handlers[kind] as ((ask: unknown) => WorkerCalls[typeof kind]['answer']) | undefined;
      if (handler === undefined) throw new Error(`the fake pool does not serve ${kind}`);
      await new Promise((resolve) => setImmediate(resolve));
      return handler(ask);
    },
    async dispose() {},
  };
}

import { isAbort, toFailure } from '../core/failure.ts';
import type { BackendId, Kernels } from '../kernels/kernels.ts';
import type {
  WorkerCallKind,
  WorkerCalls,
  WorkerContext,
  WorkerHandlers,
  WorkerMessage,
  WorkerRequest,
  WorkerStop,
} from '../protocol/worker.ts';
import { Arena } from './arena.ts';
import type { WorkerTools } from './callScope.ts';
import type { WorkerFiles } from './files/workerFiles.ts';
import { createHandlers } from './handlers.ts';
import { DEFAULT_LIMITS, type WorkerLimits } from './limits.ts';
import { loadBackend } from './loadBackend.ts';
import { ProgressReport } from './progressReport.ts';
import { PatternCounts } from './scan/patternCounts.ts';

/** The worker's end of the wire. */
export interface ServePort {
  post(message: WorkerMessage): void;
  onMessage(listener: (message: WorkerRequest | WorkerStop) => void): void;
}

/** What the platform gives a worker. */
export interface WorkerHost {
  readonly loadKernels: (backend: BackendId) => Promise<Kernels>;
  readonly files: WorkerFiles;
  /** Lets the platform deliver messages. */
  readonly pause: () => Promise<void>;
  readonly limits?: WorkerLimits;
}

type Answer = WorkerCalls[WorkerCallKind]['answer'];
type AnyHandler = (ask: WorkerRequest['ask'], context: WorkerContext) => Promise<Answer>;

/** Serves calls, one at a time and in their order, for the life of the worker. Every call is answered. */
export function serve(port: ServePort, host: WorkerHost): void {
  const stops = new Map<number, AbortController>();
  const handlersFor = handlersLoader(host);
  let last: Promise<void> = Promise.resolve();
  port.onMessage((message) => {
    if ('stop' in message) {
      stops.get(message.stop)?.abort();
      return;
    }
    const stop = new AbortController();
    stops.set(message.id, stop);
    last = last.then(async () => {
      await answer(port, handlersFor, message, stop.signal);
      stops.delete(message.id);
    });
  });
}

async function answer(
  port: ServePort,
  handlersFor: (request: WorkerRequest) => Promise<WorkerHandlers>,
  request: WorkerRequest,
  stop: AbortSignal,
): Promise<void> {
  const { id: re, kind, ask } = request;
  const progress = new ProgressReport((readBytes, writtenBytes) =>
    port.post({ re, progress: { readBytes, writtenBytes } }),
  );
  try {
    if (stop.aborted) throw new DOMException('The call was stopped.', 'AbortError');
    const handlers = await handlersFor(request);
    if (!Object.hasOwn(handlers, kind)) throw new Error(`there is no call "${kind}"`);
    // A request's kind and ask belong together by its type, which a look-up in a table cannot express.
    const handler = handlers[kind] as AnyHandler;
    const found = await handler(ask, { stop, progress: (read, written) => progress.add(read, written) });
    progress.flush();
    port.post({ re, ok: true, answer: found });
  } catch (error) {
    // Also where an answer cannot be cloned; a failure always can.
    port.post({ re, ok: false, failure: toFailure(error).toWire(), aborted: isAbort(error) });
  }
}

/** Kernels are loaded with the first call: those that it asks for, where it is a hello, else the fastest. */
function handlersLoader(host: WorkerHost): (request: WorkerRequest) => Promise<WorkerHandlers> {
  let loaded: { readonly backend: BackendId; readonly handlers: WorkerHandlers } | null = null;
  return async (request) => {
    const wanted = request.kind === 'worker/hello' ? request.ask.backend : 'auto';
    if (loaded === null || (wanted !== 'auto' && wanted !== loaded.backend)) {
      const kernels = await loadBackend(wanted, host.loadKernels);
      loaded = { backend: kernels.backend, handlers: createHandlers(createTools(kernels, host)) };
    }
    return loaded.handlers;
  };
}

/** The tools of a worker with kernels of its own. */
export function createTools(kernels: Kernels, { files, pause, limits = DEFAULT_LIMITS }: WorkerHost): WorkerTools {
  const arena = new Arena(kernels);
  const counts = new PatternCounts(kernels, arena);
  return { kernels, arena, counts, wholeMoments: new Map(), files, pause, limits };
}

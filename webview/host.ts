import { Failure, toFailure, type WireFailure } from '../src/core/failure.ts';
import type { HostEventKind, HostEvents, HostMessage, PageCallKind, PageCalls } from '../src/protocol/page.ts';
import { type Cell, createCell, type Dispose } from './cell.ts';

/** The part of `acquireVsCodeApi()` that the page uses; the harness of the tests gives its own. */
export interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** Calls to the extension host and its events, typed by `src/protocol/page.ts`. */
export interface Host {
  /** Ends with the answer or a `Failure`. There is no timeout: the host answers every call. */
  call<K extends PageCallKind>(kind: K, ask: PageCalls[K]['ask']): Promise<PageCalls[K]['answer']>;
  /** A call whose answer nobody waits for; a failure of it goes to `failures`. */
  send<K extends PageCallKind>(kind: K, ask: PageCalls[K]['ask']): void;
  /** The last failure that no caller waited for; the frame shows it as a banner. */
  readonly failures: Cell<Failure | null>;
  on<K extends HostEventKind>(event: K, listener: (body: HostEvents[K]) => void): Dispose;
  /** What VS Code keeps for this page while it is hidden; small and free of data. */
  getState(): unknown;
  setState(state: unknown): void;
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (failure: Failure) => void;
}

/** Connects the page to its host. `api` is injected, so that tests need no VS Code. */
export function createHost(api: VsCodeApi, target: EventTarget = window): Host {
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<string, Set<(body: never) => void>>();
  let lastId = 0;

  target.addEventListener('message', (event) => {
    const message = (event as MessageEvent<unknown>).data;
    if (isHostMessage(message)) receive(message, waiting, listeners);
  });

  const call: Host['call'] = (kind, ask) => {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      api.postMessage({ id, kind, ask });
    });
  };
  const failures = createCell<Failure | null>(null);

  return {
    call,
    send(kind, ask) {
      call(kind, ask).catch((error: unknown) => failures.set(toFailure(error)));
    },
    failures,
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener as (body: never) => void));
      return () => set.delete(listener as (body: never) => void);
    },
    getState: () => api.getState(),
    setState: (state) => api.setState(state),
  };
}

function isHostMessage(message: unknown): message is HostMessage {
  return typeof message === 'object' && message !== null && ('re' in message || 'event' in message);
}

function receive(
  message: HostMessage,
  waiting: Map<number, Waiting>,
  listeners: ReadonlyMap<string, ReadonlySet<(body: never) => void>>,
): void {
  if ('event' in message) {
    for (const listener of listeners.get(message.event) ?? []) listener(message.body as never);
    return;
  }
  const call = waiting.get(message.re);
  waiting.delete(message.re);
  if (message.ok) call?.resolve(message.answer as never);
  else call?.reject(fromWire(message.failure));
}

/** Keeps the host's text: it may be translated. */
function fromWire(wire: WireFailure): Failure {
  const failure = Failure.fromWire(wire);
  failure.message = wire.text;
  return failure;
}

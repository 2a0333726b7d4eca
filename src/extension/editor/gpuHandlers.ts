import type { GpuMessage } from '../../protocol/gpu.ts';
import type { PageCalls } from '../../protocol/page.ts';
import type { GpuPort } from '../../session/gpu/gpuPort.ts';
import { Disposable } from '../disposable.ts';
import type { PageContext, SomeHandlers } from './pageContext.ts';

interface Wire {
  readonly receive: (message: GpuMessage) => void;
  readonly die: (why: string, left: boolean) => void;
}

/** The page's GPU, as far as it has one: lent to sessions from when the page is ready until it is hidden or closed. */
export class GpuHandlers extends Disposable {
  private readonly context: PageContext;
  private readonly wires = new Map<number, Wire>();
  private lastPort = 0;
  private leave: (() => void) | null = null;

  constructor(context: PageContext) {
    super();
    this.context = context;
    this.register({ dispose: () => this.pageIsGone() });
  }

  handlers(): SomeHandlers<'gpu/answer'> {
    return {
      'gpu/answer': async ({ port, message }: PageCalls['gpu/answer']['ask']) => {
        if (typeof message === 'string') this.end(port, message, false);
        else this.wires.get(port)?.receive(message);
        return {};
      },
    };
  }

  pageIsReady(): void {
    // A page that is drawn anew knows nothing of what it was asked before.
    this.pageIsGone();
    this.leave = this.context.services.gpuPages.add({ connect: () => this.connect() });
  }

  pageIsGone(): void {
    this.leave?.();
    this.leave = null;
    for (const port of [...this.wires.keys()]) this.end(port, 'the page was closed', true);
  }

  private connect(): GpuPort {
    const port = ++this.lastPort;
    let receive = (_message: GpuMessage): void => {};
    let die = (_why: string, _left: boolean): void => {};
    this.wires.set(port, { receive: (message) => receive(message), die: (why, left) => die(why, left) });
    return {
      post: (request) => this.context.send('gpu/ask', { port, request }),
      onMessage: (handler) => {
        receive = handler;
      },
      onDeath: (handler) => {
        die = handler;
      },
      setBusy: () => {},
      end: () => {
        this.wires.delete(port);
        this.context.send('gpu/end', { port });
      },
    };
  }

  private end(port: number, why: string, left: boolean): void {
    const wire = this.wires.get(port);
    this.wires.delete(port);
    wire?.die(why, left);
  }
}

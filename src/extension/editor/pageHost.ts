import type * as vscode from 'vscode';
import { isAbort, toFailure } from '../../core/failure.ts';
import type {
  HostEventKind,
  HostEvents,
  HostMessage,
  PageCallKind,
  PageCalls,
  PageHandlers,
  PageRequest,
} from '../../protocol/page.ts';
import { Disposable } from '../disposable.ts';
import { localizeFailure } from '../localize.ts';
import { log } from '../log.ts';
import type { OpenCheckpoint } from '../sessions/openCheckpoint.ts';
import type { CheckpointDocument } from './checkpointDocument.ts';
import { CompareHandlers } from './compareHandlers.ts';
import { ExportHandlers } from './exportHandlers.ts';
import { GpuHandlers } from './gpuHandlers.ts';
import { MeasureHandlers } from './measureHandlers.ts';
import type { PageContext } from './pageContext.ts';
import type { PageServices } from './pageServices.ts';
import { StateHandlers } from './stateHandlers.ts';
import { TensorHandlers } from './tensorHandlers.ts';

const ENDS_OF_JOBS: ReadonlySet<HostEventKind> = new Set<HostEventKind>(['measure/done', 'compare/row', 'export/done']);

/** One page: answers its calls and sends it events. The wire ends here. */
export class PageHost extends Disposable {
  readonly document: CheckpointDocument;
  private readonly panel: vscode.WebviewPanel;
  private readonly handlers: PageHandlers;
  private readonly state: StateHandlers;
  private readonly gpu: GpuHandlers;
  private readonly onBackendChanged: () => void;
  /** Of the backend, as the page was told. */
  private toldBackend = '';
  /** Events for the page that wait for its `page/ready`: a page that is loading or hidden hears nothing. */
  private waiting: HostEvents['show'] | null = null;
  private isReady = false;

  constructor(
    document: CheckpointDocument,
    panel: vscode.WebviewPanel,
    services: PageServices,
    onBackendChanged: () => void,
  ) {
    super();
    this.document = document;
    this.panel = panel;
    this.onBackendChanged = onBackendChanged;
    const context: PageContext = {
      document,
      services,
      checkpoint: () => this.checkpoint(),
      send: (event, body) => this.send(event, body),
      isHidden: () => !panel.visible,
    };
    this.state = this.register(new StateHandlers(context, () => this.pageIsReady()));
    const measure = this.register(new MeasureHandlers(context));
    const tensors = this.register(new TensorHandlers(context));
    const compare = this.register(new CompareHandlers(context));
    const exports = this.register(new ExportHandlers(context));
    this.gpu = this.register(new GpuHandlers(context));
    this.handlers = {
      ...this.state.handlers(),
      ...measure.handlers(),
      ...tensors.handlers(),
      ...compare.handlers(),
      ...exports.handlers(),
      ...this.gpu.handlers(),
    };
    this.register(panel.webview.onDidReceiveMessage((request: PageRequest) => this.answer(request)));
    this.register(
      panel.onDidChangeViewState(() => {
        if (panel.visible) return;
        this.isReady = false;
        this.gpu.pageIsGone();
      }),
    );
  }

  get isActive(): boolean {
    return this.panel.active;
  }

  /** The tensor open on the page, as far as the page has told. */
  get currentTensor(): string | null {
    return this.state.choices().tensor;
  }

  reveal(): void {
    this.panel.reveal();
  }

  async show(event: HostEvents['show']): Promise<void> {
    if (this.isReady) this.send('show', event);
    else this.waiting = event;
  }

  /** Opens the files again and tells the page. */
  async reload(): Promise<void> {
    await this.document.reload();
    this.state.attach();
    this.send('state/changed', this.state.pageState());
  }

  useRecipe(asked: string | null): Promise<void> {
    return this.state.useRecipe(asked);
  }

  private checkpoint(): OpenCheckpoint {
    const { checkpoint, failure } = this.document;
    if (checkpoint) return checkpoint;
    throw failure ?? new Error('the document is closed');
  }

  private pageIsReady(): void {
    this.isReady = true;
    this.gpu.pageIsReady();
    const event = this.waiting;
    this.waiting = null;
    // After the answer to `page/ready`, which this call is part of.
    if (event) setTimeout(() => this.send('show', event), 0);
  }

  private send<K extends HostEventKind>(event: K, body: HostEvents[K]): void {
    if (this.isDisposed) return;
    void this.panel.webview.postMessage({ event, body });
    if (ENDS_OF_JOBS.has(event)) this.tellBackend();
  }

  /** Which backend works is known once a job used it. */
  private tellBackend(): void {
    const { backend } = this.state;
    const told = backend === null ? '' : `${backend.id} ${backend.why}`;
    if (backend === null || told === this.toldBackend) return;
    this.toldBackend = told;
    this.send('backend/changed', backend);
    this.onBackendChanged();
  }

  private async answer(request: PageRequest): Promise<void> {
    const reply = await this.replyTo(request);
    if (!this.isDisposed) await this.panel.webview.postMessage(reply);
  }

  private async replyTo(request: PageRequest): Promise<HostMessage> {
    try {
      return { re: request.id, ok: true, answer: await this.call(request.kind, request.ask) };
    } catch (error) {
      if (!isAbort(error)) log.error(`${request.kind}: ${error instanceof Error ? error.stack : error}`);
      return { re: request.id, ok: false, failure: localizeFailure(toFailure(error)) };
    }
  }

  private call<K extends PageCallKind>(kind: K, ask: PageCalls[K]['ask']): Promise<PageCalls[K]['answer']> {
    const handler = this.handlers[kind] as (ask: PageCalls[K]['ask']) => Promise<PageCalls[K]['answer']>;
    return handler(ask);
  }
}

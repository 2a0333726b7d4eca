import path from 'node:path';
import * as vscode from 'vscode';
import { toFailure } from '../../core/failure.ts';
import type { BackendView, PageCalls, PageChoices, PageState } from '../../protocol/page.ts';
import { PAGE_STRINGS } from '../../protocol/pageStrings.ts';
import type { SessionApi } from '../../session/api.ts';
import { readRecipe } from '../../session/recipes/readRecipe.ts';
import { Disposable } from '../disposable.ts';
import { COMMANDS } from '../ids.ts';
import { failureText, localizeFailure, localizeGpu } from '../localize.ts';
import { parseHistogramRange, setting } from '../settings.ts';
import { pathOf, uriOf } from '../uris.ts';
import { modelView } from './modelView.ts';
import type { PageContext, SomeHandlers } from './pageContext.ts';

const HEX_EDITOR = 'ms-vscode.hexeditor';

/** What a page shows as a whole: its state, the scan, the choices, the recipe file. */
export class StateHandlers extends Disposable {
  private readonly context: PageContext;
  private readonly onReady: () => void;
  private subscriptions: vscode.Disposable[] = [];
  private current: PageChoices;

  constructor(context: PageContext, onReady: () => void) {
    super();
    this.context = context;
    this.onReady = onReady;
    this.current = context.services.choices.get(pathOf(context.document.uri));
    this.register({ dispose: () => this.detach() });
    this.attach();
  }

  choices(): PageChoices {
    return this.current;
  }

  /** Listens to the checkpoint that the document has now. */
  attach(): void {
    this.detach();
    const { checkpoint } = this.context.document;
    if (!checkpoint) return;
    this.subscriptions = [
      checkpoint.onScanChanged((state) => this.context.send('scan/state', state)),
      checkpoint.onSummaries((summaries) => this.context.send('scan/summaries', { summaries })),
      checkpoint.onFileChanged((text) => this.context.send('file/changed', { text })),
    ];
  }

  private detach(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.subscriptions = [];
  }

  handlers(): SomeHandlers<
    'page/ready' | 'choices/save' | 'scan/start' | 'scan/cancel' | 'text/copy' | 'file/save' | 'host/command'
  > {
    return {
      'page/ready': () => this.ready(),
      'choices/save': async ({ choices }) => {
        this.current = choices;
        await this.context.services.choices.save(pathOf(this.context.document.uri), choices);
        return {};
      },
      'scan/start': async ({ first }) => {
        void this.context.checkpoint().scan(first).catch(this.showFailure);
        return {};
      },
      'scan/cancel': async () => {
        this.context.checkpoint().cancelScan();
        return {};
      },
      'text/copy': async ({ text }) => {
        await vscode.env.clipboard.writeText(text);
        return {};
      },
      'file/save': async ({ suggestedName, bytes }) => ({ path: await this.saveFile(suggestedName, bytes) }),
      'host/command': async ({ command }) => {
        await this.runCommand(command);
        return {};
      },
    };
  }

  pageState(): PageState {
    const { document, services } = this.context;
    const { checkpoint, failure } = document;
    if (!checkpoint) return this.failedState(failure);
    const { session } = checkpoint;
    return {
      kind: 'ready',
      model: modelView(session.model, document.filteredTo),
      choices: this.current,
      scan: checkpoint.scanState,
      backend: backendOf(session),
      settings: {
        histogramBins: setting('histogram.bins'),
        histogramRange: parseHistogramRange(setting('histogram.range')),
        locale: vscode.env.language,
        panels: {
          preview: setting('panels.preview'),
          channelRanges: setting('panels.channelRanges'),
          compare: setting('panels.compare'),
        },
      },
      recipeFile: services.choices.recipeFile(pathOf(document.uri)),
    };
  }

  get backend(): BackendView | null {
    const { checkpoint } = this.context.document;
    return checkpoint ? backendOf(checkpoint.session) : null;
  }

  /** @param asked the path of a recipe file, or the name of a shipped recipe; null: the quantizer bar again. */
  async useRecipe(asked: string | null): Promise<void> {
    const { document, services } = this.context;
    // Read now, so that a broken recipe is told at once and not when something is measured.
    if (asked !== null) await readRecipe(asked);
    await services.choices.setRecipeFile(pathOf(document.uri), asked);
    this.context.send('state/changed', this.pageState());
    this.sendSummaries();
  }

  /** A page that is drawn anew knows no summaries yet. */
  private sendSummaries(): void {
    const summaries = [...(this.context.document.checkpoint?.session.summaries.values() ?? [])];
    if (summaries.length > 0) this.context.send('scan/summaries', { summaries });
  }

  private failedState(failure: Parameters<typeof localizeFailure>[0] | null): PageState {
    const { document } = this.context;
    if (!failure) throw new Error('a document without checkpoint has a failure');
    const { offset, tensor } = failure.args;
    return {
      kind: 'failed',
      path: pathOf(document.uri),
      failure: {
        ...localizeFailure(failure),
        offset: typeof offset === 'number' ? offset : null,
        tensor: typeof tensor === 'string' ? tensor : null,
      },
      canOpenHex: vscode.extensions.getExtension(HEX_EDITOR) !== undefined,
    };
  }

  private async ready(): Promise<PageCalls['page/ready']['answer']> {
    const { checkpoint } = this.context.document;
    await checkpoint?.warmed;
    const state = this.pageState();
    if (checkpoint) {
      // After the answer: the page needs its state before it can take summaries.
      setTimeout(() => {
        this.sendSummaries();
        if (checkpoint.stale) this.context.send('file/changed', { text: checkpoint.stale });
        checkpoint.startAutomaticScan(setting('scan.automaticUpToGB') * 1e9);
      }, 0);
    }
    this.onReady();
    const strings = Object.fromEntries(Object.entries(PAGE_STRINGS).map(([key, text]) => [key, vscode.l10n.t(text)]));
    return { state, strings };
  }

  private async saveFile(suggestedName: string, bytes: ArrayBuffer): Promise<string | null> {
    const folder = path.dirname(pathOf(this.context.document.uri));
    const target = await vscode.window.showSaveDialog({
      defaultUri: uriOf(path.join(folder, suggestedName)),
    });
    if (!target) return null;
    await vscode.workspace.fs.writeFile(target, new Uint8Array(bytes));
    return pathOf(target);
  }

  private async runCommand(command: string): Promise<void> {
    const { uri } = this.context.document;
    switch (command) {
      case 'showKernels':
        await vscode.commands.executeCommand(COMMANDS.showKernels);
        break;
      case 'openSettings':
        await vscode.commands.executeCommand('workbench.action.openSettings', 'tensorLoupe');
        break;
      case 'openHex':
        await vscode.commands.executeCommand('vscode.openWith', uri, 'hexEditor.hexedit');
        break;
      case 'chooseRecipe':
        await vscode.commands.executeCommand(COMMANDS.applyRecipe, uri);
        break;
      case 'clearRecipe':
        await this.useRecipe(null);
        break;
      case 'reload':
        await this.context.document.reload();
        this.attach();
        this.context.send('state/changed', this.pageState());
        this.sendSummaries();
        this.context.document.checkpoint?.startAutomaticScan(setting('scan.automaticUpToGB') * 1e9);
        break;
    }
  }

  private readonly showFailure = (error: unknown): void => {
    void vscode.window.showErrorMessage(failureText(toFailure(error)));
  };
}

function backendOf({ backend, threads }: SessionApi): BackendView {
  const { id, kernels, gpu } = backend;
  return { id, threads, why: gpu === null ? kernels : `${kernels}; ${localizeGpu(gpu)}` };
}

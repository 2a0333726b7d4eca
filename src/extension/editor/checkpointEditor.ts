import * as vscode from 'vscode';
import type { HostEvents } from '../../protocol/page.ts';
import { Disposable } from '../disposable.ts';
import { INDEX_VIEW_TYPE, VIEW_TYPE } from '../ids.ts';
import type { SessionHub } from '../sessions/sessionHub.ts';
import { pathOf } from '../uris.ts';
import { CheckpointDocument } from './checkpointDocument.ts';
import { pageHtml } from './html.ts';
import { PageHost } from './pageHost.ts';
import type { PageServices } from './pageServices.ts';

/** The read-only custom editor of `*.safetensors` and of an index. */
export class CheckpointEditor extends Disposable implements vscode.CustomReadonlyEditorProvider<CheckpointDocument> {
  private readonly hosts = new Set<PageHost>();
  private readonly activeChanged = this.register(new vscode.EventEmitter<PageHost | null>());
  /** The page in front changed, or there is none. */
  readonly onActiveChanged = this.activeChanged.event;
  private readonly hub: SessionHub;
  private readonly services: PageServices;

  constructor(hub: SessionHub, services: PageServices) {
    super();
    this.hub = hub;
    this.services = services;
    for (const viewType of [VIEW_TYPE, INDEX_VIEW_TYPE]) {
      this.register(
        vscode.window.registerCustomEditorProvider(viewType, this, {
          supportsMultipleEditorsPerDocument: true,
          webviewOptions: { retainContextWhenHidden: false },
        }),
      );
    }
  }

  async openCustomDocument(uri: vscode.Uri): Promise<CheckpointDocument> {
    const document = await CheckpointDocument.open(uri, this.hub);
    if (document.checkpoint) await this.services.recent.add(pathOf(uri));
    return document;
  }

  resolveCustomEditor(document: CheckpointDocument, panel: vscode.WebviewPanel): void {
    const dist = vscode.Uri.joinPath(this.services.extensionUri, 'dist');
    panel.webview.options = { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(dist, 'webview')] };
    const host = new PageHost(document, panel, this.services, () => this.activeChanged.fire(this.active));
    this.hosts.add(host);
    panel.onDidChangeViewState(() => this.activeChanged.fire(this.active));
    panel.onDidDispose(() => {
      this.hosts.delete(host);
      host.dispose();
      this.activeChanged.fire(this.active);
    });
    panel.webview.html = pageHtml(panel.webview, dist);
    this.activeChanged.fire(host);
    // The status bar names the kernel backend, which is known a moment later.
    void document.checkpoint?.warmed.then(() => this.activeChanged.fire(this.active));
  }

  /** The page in front, else the only one. */
  get active(): PageHost | null {
    const all = [...this.hosts];
    return all.find((host) => host.isActive) ?? (all.length === 1 ? (all[0] ?? null) : null);
  }

  /** Opens (or brings to front) the page of a checkpoint and tells it what to show. */
  async show(uri: vscode.Uri, event: HostEvents['show']): Promise<void> {
    await vscode.commands.executeCommand('vscode.openWith', uri, viewTypeOf(uri));
    const host = [...this.hosts].find((each) => each.isActive && each.document.uri.toString() === uri.toString());
    await host?.show(event);
  }

  allHosts(): readonly PageHost[] {
    return [...this.hosts];
  }
}

export function viewTypeOf(uri: vscode.Uri): string {
  return uri.path.endsWith('.index.json') ? INDEX_VIEW_TYPE : VIEW_TYPE;
}

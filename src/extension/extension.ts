import * as vscode from 'vscode';
import { registerCommands } from './commands/registerCommands.ts';
import { CheckpointEditor } from './editor/checkpointEditor.ts';
import { ChoiceStore } from './editor/choiceStore.ts';
import { GpuPages } from './gpu/gpuPages.ts';
import { prepareHost } from './host.ts';
import { TREE_VIEW } from './ids.ts';
import { JobRegistry } from './jobs.ts';
import { offerCommandLine } from './launcher.ts';
import { log } from './log.ts';
import { SessionHub } from './sessions/sessionHub.ts';
import { StatusItem } from './statusItem.ts';
import { CheckpointTree } from './tree/checkpointTree.ts';
import { RecentCheckpoints } from './tree/recentCheckpoints.ts';
import { pathOf } from './uris.ts';

/** Wires the parts; each owns what it creates and goes with the extension. */
export function activate(context: vscode.ExtensionContext): void {
  const own = <T extends vscode.Disposable>(thing: T): T => {
    context.subscriptions.push(thing);
    return thing;
  };
  own(log);
  prepareHost();
  const version = String(context.extension.packageJSON.version);
  const gpuPages = new GpuPages();
  const summaries = pathOf(vscode.Uri.joinPath(context.globalStorageUri, 'summaries'));
  const hub = own(new SessionHub(summaries, version, gpuPages));
  const jobs = own(new JobRegistry());
  const choices = new ChoiceStore(context.workspaceState);
  const recent = new RecentCheckpoints(context.globalState);
  const { extensionUri } = context;
  const editor = own(new CheckpointEditor(hub, { extensionUri, version, choices, jobs, recent, gpuPages }));
  const tree = own(new CheckpointTree(hub, recent));
  const view = own(vscode.window.createTreeView(TREE_VIEW, { treeDataProvider: tree, showCollapseAll: true }));
  own(new StatusItem(editor, jobs));
  own(registerCommands({ hub, jobs, editor, tree, view }));
  offerCommandLine(context).catch((error) => log.warn(`loupe is not on the PATH of terminals: ${error}`));
}

import path from 'node:path';
import * as vscode from 'vscode';
import { toFailure } from '../../core/failure.ts';
import type { ModelTensor } from '../../core/model/model.ts';
import { type ModuleNode, moduleTree } from '../../core/model/moduleTree.ts';
import { FigureText } from '../../core/text/figureText.ts';
import { Disposable } from '../disposable.ts';
import { COMMANDS, TREE_CONTEXTS } from '../ids.ts';
import { failureText } from '../localize.ts';
import type { OpenCheckpoint } from '../sessions/openCheckpoint.ts';
import type { Lease, SessionHub } from '../sessions/sessionHub.ts';
import { setting } from '../settings.ts';
import { uriOf } from '../uris.ts';
import { describe, findInHuggingFaceCache, findInWorkspace } from './checkpointFinder.ts';
import type { CheckpointNode, ModuleItem, TensorItem, TreeNode } from './nodes.ts';
import type { RecentCheckpoints } from './recentCheckpoints.ts';

/** Checkpoints of the workspace, recent ones and the Hugging Face cache → modules → tensors, in model order. */
export class CheckpointTree extends Disposable implements vscode.TreeDataProvider<TreeNode> {
  private readonly changed = this.register(new vscode.EventEmitter<TreeNode | undefined>());
  readonly onDidChangeTreeData = this.changed.event;
  /** Checkpoints that were unfolded: their sessions stay open while the tree shows them. */
  private readonly leases = new Map<string, Lease>();
  private readonly hub: SessionHub;
  private readonly recent: RecentCheckpoints;

  constructor(hub: SessionHub, recent: RecentCheckpoints) {
    super();
    this.hub = hub;
    this.recent = recent;
    const watcher = this.register(vscode.workspace.createFileSystemWatcher('**/*.safetensors'));
    this.register(watcher.onDidCreate(() => this.changed.fire(undefined)));
    this.register(watcher.onDidDelete(() => this.changed.fire(undefined)));
    this.register(vscode.workspace.onDidChangeWorkspaceFolders(() => this.changed.fire(undefined)));
    this.register({ dispose: () => this.giveBack() });
  }

  /** Looks at the disk again and closes what only the tree had open. */
  refresh(): void {
    this.giveBack();
    this.changed.fire(undefined);
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) return this.roots();
    switch (node.type) {
      case 'group':
        return [...node.children];
      case 'checkpoint':
        return this.modulesOf(node);
      case 'module':
        return itemsOf(node.module, node, node.file, node.open);
      default:
        return [];
    }
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    switch (node.type) {
      case 'group':
        return groupItem(node.label);
      case 'checkpoint':
        return checkpointItem(node, this.leases.get(node.found.file)?.checkpoint ?? null);
      case 'module':
        return moduleItem(node);
      case 'tensor':
        return tensorItem(node);
      case 'message':
        return messageItem(node.text);
    }
  }

  getParent(node: TreeNode): TreeNode | null {
    return node.type === 'module' || node.type === 'tensor' ? node.parent : null;
  }

  private async roots(): Promise<TreeNode[]> {
    const [workspace, recentFiles, cached] = await Promise.all([
      findInWorkspace(),
      this.recent.list(),
      setting('tree.showHuggingFaceCache') ? findInHuggingFaceCache() : [],
    ]);
    const nodes = (found: readonly CheckpointNode['found'][]) =>
      found.map((each): CheckpointNode => ({ type: 'checkpoint', found: each }));
    const known = new Set(workspace.map(({ file }) => file));
    const recent = recentFiles.filter((file) => !known.has(file)).map((file) => describe(file, path.dirname(file)));
    const groups: TreeNode[] = [];
    if (recent.length > 0) {
      groups.push({ type: 'group', label: vscode.l10n.t('Recent'), children: nodes(recent) });
    }
    if (cached.length > 0) {
      groups.push({ type: 'group', label: vscode.l10n.t('Hugging Face Cache'), children: nodes(cached) });
    }
    return [...nodes(workspace), ...groups];
  }

  private async modulesOf(node: CheckpointNode): Promise<TreeNode[]> {
    const { file } = node.found;
    try {
      const open = await this.openFor(file);
      // The item's description tells the model type and size once the headers are read.
      setTimeout(() => this.changed.fire(node), 0);
      return itemsOf(moduleTree(open.session.model), node, file, open);
    } catch (error) {
      return [{ type: 'message', text: failureText(toFailure(error)) }];
    }
  }

  private async openFor(file: string): Promise<OpenCheckpoint> {
    const known = this.leases.get(file);
    if (known && known.checkpoint.stale === null) return known.checkpoint;
    const lease = await this.hub.acquire(file);
    known?.dispose();
    this.leases.set(file, lease);
    return lease.checkpoint;
  }

  private giveBack(): void {
    for (const lease of this.leases.values()) lease.dispose();
    this.leases.clear();
  }
}

function itemsOf(
  module: ModuleNode,
  parent: CheckpointNode | ModuleItem,
  file: string,
  open: OpenCheckpoint,
): TreeNode[] {
  return module.children.map((child): ModuleItem | TensorItem =>
    child.type === 'module'
      ? { type: 'module', file, open, module: child, parent }
      : { type: 'tensor', file, open, tensor: child.tensor, label: child.label, parent },
  );
}

function groupItem(label: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
  item.contextValue = TREE_CONTEXTS.group;
  return item;
}

function checkpointItem({ found }: CheckpointNode, open: OpenCheckpoint | null): vscode.TreeItem {
  const item = new vscode.TreeItem(found.label, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `checkpoint:${found.file}`;
  item.resourceUri = uriOf(found.file);
  item.iconPath = new vscode.ThemeIcon('file-binary');
  item.contextValue = TREE_CONTEXTS.checkpoint;
  item.tooltip = found.file;
  const model = open?.session.model;
  const facts = model ? [model.modelType, model.packedFormat, sizeText(model.storedBytes)] : [found.place];
  item.description = facts.filter(Boolean).join(' · ');
  return item;
}

function moduleItem({ module, file }: ModuleItem): vscode.TreeItem {
  const item = new vscode.TreeItem(module.label, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `module:${file}:${module.path}`;
  item.iconPath = new vscode.ThemeIcon('symbol-namespace');
  item.contextValue = TREE_CONTEXTS.module;
  const count = module.layers
    ? vscode.l10n.t('{0} layers', module.layers)
    : vscode.l10n.t('{0} tensors', module.tensors);
  item.description = `${count} · ${sizeText(module.storedBytes)}`;
  item.tooltip = module.path;
  return item;
}

function tensorItem(node: TensorItem): vscode.TreeItem {
  const { tensor, label, file } = node;
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
  item.id = `tensor:${file}:${tensor.name}`;
  item.iconPath = new vscode.ThemeIcon(tensor.shape.length > 1 ? 'symbol-array' : 'symbol-numeric');
  item.contextValue = TREE_CONTEXTS.tensor;
  item.description = `${tensor.packing ?? tensor.dtype} · ${sizeText(tensor.storedBytes)}`;
  item.tooltip = tensorTooltip(tensor);
  item.command = {
    command: COMMANDS.inspect,
    title: vscode.l10n.t('Open Tensor'),
    arguments: [node],
  };
  return item;
}

function tensorTooltip(tensor: ModelTensor): string {
  const kind = tensor.kindAssumed ? vscode.l10n.t('{0} (assumed)', tensor.kind) : tensor.kind;
  const bits = vscode.l10n.t('{0} bits per weight', tensor.bitsPerWeight.toFixed(2));
  return [tensor.name, `${tensor.dtype} [${tensor.shape.join(', ')}]`, kind, bits].join('\n');
}

function messageItem(text: string): vscode.TreeItem {
  const item = new vscode.TreeItem(text, vscode.TreeItemCollapsibleState.None);
  item.iconPath = new vscode.ThemeIcon('error');
  item.tooltip = text;
  return item;
}

function sizeText(bytes: number): string {
  return new FigureText(vscode.env.language).bytes(bytes);
}

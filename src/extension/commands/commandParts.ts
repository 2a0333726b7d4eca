import * as vscode from 'vscode';
import type { CheckpointEditor } from '../editor/checkpointEditor.ts';
import type { PageHost } from '../editor/pageHost.ts';
import type { JobRegistry } from '../jobs.ts';
import type { SessionHub } from '../sessions/sessionHub.ts';
import type { CheckpointTree } from '../tree/checkpointTree.ts';
import type { TreeNode } from '../tree/nodes.ts';
import { uriOf } from '../uris.ts';

/** What commands work on. */
export interface CommandParts {
  readonly hub: SessionHub;
  readonly jobs: JobRegistry;
  readonly editor: CheckpointEditor;
  readonly tree: CheckpointTree;
  readonly view: vscode.TreeView<TreeNode>;
}

/** What a command was called on: a checkpoint's file, and a tensor or a filter inside it. */
export interface Target {
  readonly uri: vscode.Uri;
  readonly tensor: string | null;
  /** Glob over tensor names, of a module. */
  readonly filter: string | null;
}

/** Reads the argument of a menu (a file, a tree item) or falls back to the page in front. Null: nothing is meant. */
export function targetOf({ editor, view }: CommandParts, argument: unknown): Target | null {
  if (argument instanceof vscode.Uri) return { uri: argument, tensor: null, filter: null };
  const node = isTreeNode(argument) ? argument : null;
  if (node) return targetOfNode(node);
  const host = editor.active;
  if (host) return { uri: host.document.uri, tensor: host.currentTensor, filter: null };
  const [selected] = view.selection;
  return selected ? targetOfNode(selected) : null;
}

/** The page in front. @returns null when no page of ours is open */
export function activePage({ editor }: CommandParts): PageHost | null {
  return editor.active;
}

function targetOfNode(node: TreeNode): Target | null {
  switch (node.type) {
    case 'checkpoint':
      return { uri: uriOf(node.found.file), tensor: null, filter: null };
    case 'module':
      return { uri: uriOf(node.file), tensor: null, filter: `${node.module.path}.*` };
    case 'tensor':
      return { uri: uriOf(node.file), tensor: node.tensor.name, filter: null };
    default:
      return null;
  }
}

function isTreeNode(argument: unknown): argument is TreeNode {
  return typeof argument === 'object' && argument !== null && 'type' in argument;
}

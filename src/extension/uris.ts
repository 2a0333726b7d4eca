import * as vscode from 'vscode';
import { Failure } from '../core/failure.ts';

/* Sessions know files by paths, VS Code by URIs. */

export function pathOf(uri: vscode.Uri): string {
  return uri.fsPath;
}

/** @throws Failure `file/unreadable` for a file of a virtual file system: only disks can be read by ranges */
export function assertOpenable(uri: vscode.Uri): void {
  if (isOpenable(uri)) return;
  const why = vscode.l10n.t('it lies in a virtual file system, and only VS Code in a browser reads those');
  throw new Failure('file/unreadable', { path: uri.toString(true), why });
}

export function uriOf(path: string): vscode.Uri {
  return vscode.Uri.file(path);
}

/** Can a session open this file? */
export function isOpenable(uri: vscode.Uri): boolean {
  return uri.scheme === 'file';
}

import * as vscode from 'vscode';
import { resolve } from '../session/web/uriPath.ts';

/* In the web extension host a path is the URI itself, nothing escaped. */

export function pathOf({ scheme, authority, path }: vscode.Uri): string {
  return `${scheme}://${authority}${path}`;
}

export function uriOf(path: string): vscode.Uri {
  const [, scheme = 'file', authority = '', rest = '/'] = /^([^:]+):\/\/([^/]*)(.*)$/s.exec(resolve(path)) ?? [];
  return vscode.Uri.from({ scheme, authority, path: rest });
}

/** Every file system can be read whole. */
export function assertOpenable(_uri: vscode.Uri): void {}

export function isOpenable(_uri: vscode.Uri): boolean {
  return true;
}

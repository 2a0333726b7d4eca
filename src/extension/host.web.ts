import * as vscode from 'vscode';
import type { ModelView } from '../protocol/page.ts';
import { heldFiles, MOST_HELD_BYTES } from '../session/web/heldFiles.ts';
import { attachUriFiles } from '../session/web/uriFiles.ts';
import { setBaseFolder } from '../session/web/uriPath.ts';
import { pathOf } from './uris.web.ts';
import { workspaceFiles } from './workspaceFiles.ts';

/** Gives sessions the files of the workspace. */
export function prepareHost(): void {
  attachUriFiles(workspaceFiles);
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder) setBaseFolder(pathOf(folder.uri));
}

/** The limit of memory, told while it is far. */
export function hostWarnings(): ModelView['warnings'] {
  const text = vscode.l10n.t(
    'VS Code in a browser holds checkpoints in memory, up to {0} MB in all; {1} MB are open.',
    MOST_HELD_BYTES / 1e6,
    (heldFiles.bytes / 1e6).toFixed(1),
  );
  return [{ code: 'web/limit', text }];
}

/** URIs mean nothing to the command line. */
export const HAS_COMMAND_LINE = false;

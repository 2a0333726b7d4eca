import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';

/**
 * Puts `loupe` on the PATH of VS Code's terminals: a launcher in the extension's storage that runs the bundled command
 * line with the Node inside VS Code, since the machine may have none.
 */
export async function offerCommandLine(context: vscode.ExtensionContext): Promise<void> {
  const folder = path.join(context.globalStorageUri.fsPath, 'bin');
  const script = path.join(context.extensionUri.fsPath, 'dist', 'cli.js');
  await mkdir(folder, { recursive: true });
  await writeLauncher(folder, script);
  const variables = context.environmentVariableCollection;
  variables.description = vscode.l10n.t('Adds the command line `loupe`');
  variables.prepend('PATH', folder + path.delimiter);
}

async function writeLauncher(folder: string, script: string): Promise<void> {
  if (process.platform === 'win32') {
    const lines = ['@echo off', 'set ELECTRON_RUN_AS_NODE=1', `"${process.execPath}" "${script}" %*`];
    await writeFile(path.join(folder, 'loupe.cmd'), lines.join('\r\n'));
    return;
  }
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const launcher = path.join(folder, 'loupe');
  const line = `ELECTRON_RUN_AS_NODE=1 exec ${quoted(process.execPath)} ${quoted(script)} "$@"`;
  await writeFile(launcher, `#!/bin/sh\n${line}\n`);
  await chmod(launcher, 0o755);
}

import * as vscode from 'vscode';

/** The output channel "Tensor Loupe": what ran and what failed, for bug reports. */
export const log = vscode.window.createOutputChannel('Tensor Loupe', { log: true });

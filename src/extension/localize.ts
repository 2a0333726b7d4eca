import * as vscode from 'vscode';
import { FAILURE_TEXTS, type Failure, type FailureCode, type WireFailure } from '../core/failure.ts';

/** A failure with its text in the display language. The code and arguments stay, for scripts and bug reports. */
export function localizeFailure(failure: Failure): WireFailure {
  return { code: failure.code, args: failure.args, text: failureText(failure) };
}

export function failureText(failure: Failure): string {
  const template: string = FAILURE_TEXTS[failure.code as FailureCode];
  return vscode.l10n.t(template, failure.args as Record<string, string | number>);
}

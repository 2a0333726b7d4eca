import { CHECKPOINT_WARNING_TEXTS, type CheckpointWarning, fillErrorText, SAFETENSORS_TEXTS } from 'safetensors-js';
import * as vscode from 'vscode';
import { FAILURE_TEXTS, type Failure, type FailureArgs, fillText, type WireFailure } from '../core/failure.ts';
import { type FormatProblem, PROBLEM_TEXTS } from '../core/formats/formatProblem.ts';
import { GPU_TEXTS, type GpuText } from '../core/text/gpuTexts.ts';

/** A failure with its text in the display language. The code and arguments stay, for scripts and bug reports. */
export function localizeFailure(failure: Failure): WireFailure {
  return { code: failure.code, args: failure.args, text: failureText(failure) };
}

/** The text of a failure in the display language. */
export function failureText({ code, args }: Pick<Failure, 'code' | 'args'>): string {
  const { safetensorsCode } = args;
  // What safetensors-js found comes under one code of ours, with its own beside it: only that one says what is wrong.
  if (typeof safetensorsCode === 'string' && isKeyOf(SAFETENSORS_TEXTS, safetensorsCode)) {
    return fillErrorText(vscode.l10n.t(SAFETENSORS_TEXTS[safetensorsCode]), args);
  }
  return fillText(vscode.l10n.t(FAILURE_TEXTS[code]), args);
}

/** An oddity of a checkpoint in the display language. */
export function localizeWarning({ code, args }: CheckpointWarning): { readonly code: string; readonly text: string } {
  return { code, text: fillText(vscode.l10n.t(CHECKPOINT_WARNING_TEXTS[code]), args) };
}

/** What is said of a GPU, in the display language. */
export function localizeGpu({ code, args }: GpuText): string {
  return fillText(vscode.l10n.t(GPU_TEXTS[code]), args);
}

/** A problem of a packed format with its reason in the display language. */
export function localizeProblem(problem: FormatProblem): FormatProblem {
  return { ...problem, why: problemText(problem.code, problem.args) ?? problem.why };
}

function problemText(code: string, args: FailureArgs): string | null {
  if (isKeyOf(PROBLEM_TEXTS, code)) return fillText(vscode.l10n.t(PROBLEM_TEXTS[code]), args);
  // A target that may not be written to is told in the words of the failure.
  return isKeyOf(FAILURE_TEXTS, code) ? failureText({ code, args }) : null;
}

function isKeyOf<Table extends object>(table: Table, key: PropertyKey): key is keyof Table {
  return Object.hasOwn(table, key);
}

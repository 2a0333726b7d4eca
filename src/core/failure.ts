/**
 * Expected faults. A failure is a code and its arguments; callers test the code, never the text, because each of our
 * bundles holds its own copy of this class and `instanceof` would lie across them.
 */
export type FailureArgs = Readonly<Record<string, string | number>>;

/** English text per code with its arguments in braces: what is wrong, where, and what to do. The extension translates these, the CLI prints them. */
export const FAILURE_TEXTS = {
  'file/not-found': '{path} does not exist. Check the path.',
  'file/unreadable': '{path} cannot be read: {why}.',
  'file/changed': '{path} changed on disk since it was opened. Reload the checkpoint.',
  'checkpoint/invalid': '{text}',
  'checkpoint/incomplete':
    '{count} tensors are missing because {file} is missing or cut short. Complete the download, then reload.',
  'checkpoint/empty': '{path} holds no tensors.',
  'checkpoint/packed':
    '{path} is already quantized ({format}). Quantize the original checkpoint, or dequantize this one first (--format dequantized).',
  'tensor/not-found': 'No tensor matches {pattern}. Nearest names: {nearest}.',
  'tensor/non-finite':
    '{tensor} holds {count} values that are NaN or infinite, the first at index {index}. Clamp them (--non-finite clamp) or exclude the tensor.',
  'tensor/long-slices':
    '{tensor}: the clip rule {clip} has to hold a whole channel, and {inputs} weights are more than the {most} that it can. Choose smaller groups, unit tensor, or no clip.',
  'tensor/rows-too-long':
    '{tensor}: rows of {inputs} weights are too long for sign planes, which take rows of up to {most}. Exclude the tensor or choose another quantizer.',
  'quantizer/unknown': 'There is no quantizer "{id}". Known: {known}.',
  'quantizer/unused-parameter': '{id} has no use for {parameter}. It takes: {takes}.',
  'quantizer/row-too-long':
    '{id}: the rows of {tensor} have {inputs} weights; levels of a channel are searched in rows of up to {most}.',
  'quantizer/bad-parameter': '{id}: {parameter} cannot be {value}. Allowed: {allowed}.',
  'recipe/invalid': '{where}: {what}',
  'recipe/unknown': 'There is neither a file {name} nor a recipe of this name. Nearest names: {nearest}.',
  'recipe/matches-nothing': 'Rule {rule} ({selector}) matches no tensor. Nearest names: {nearest}.',
  'format/unknown': 'There is no packed format "{id}". Known: {known}.',
  'format/refuses': '{format} cannot hold this: {why}. {offer}',
  'format/unloadable':
    'No loader of {format} would open this model: {why}. Use {offer}, or override with --allow-unloadable.',
  'format/unreadable': '{tensor}: this {format} layout cannot be read: {why}.',
  'save/exists': '{path} exists. Choose another target, or replace it (--force).',
  'save/strangers':
    '{path} holds files that Tensor Loupe did not write ({files}). Choose another target or move them away.',
  'save/is-source': '{path} is the source checkpoint. The source is never overwritten: choose another target.',
  'save/no-space':
    'No space left while writing {path}: {needed} bytes are needed, {free} are free. Free some space or choose another disk.',
  'save/read-only': '{path} cannot be written: {why}. Choose a folder that you may write to.',
  'save/failed': 'Writing {path} failed: {why}. The target is as it was.',
  'save/verify-failed':
    '{tensor}: the saved bytes do not give the reported error (expected {expected}, found {found}). Nothing was put in place.',
  'web/too-large':
    '{path} needs {needed} MB. VS Code in a browser holds checkpoints of up to {most} MB in all, and {held} MB are open. Close other checkpoints, or open this one in VS Code on a desktop.',
  'web/too-large-to-save':
    '{path} cannot be saved here: VS Code in a browser puts files together in memory, of up to {mostFile} MB each and {most} MB in all. Save it in VS Code on a desktop or with the command line.',
  'verify/differs': '{count} of {total} tensors differ: {first}.',
  'worker/died': 'The kernel worker died twice on the same job ({why}).',
  'worker/internal': 'The kernel worker failed: {why}. This is a bug, please report it.',
  'kernel/unavailable': 'The kernel backend {backend} is not available: {why}.',
  'usage/invalid': '{what}',
} as const;

export type FailureCode = keyof typeof FAILURE_TEXTS;

/** Puts arguments into a text: `{path}` becomes `args.path`. */
export function fillText(template: string, args: FailureArgs): string {
  return template.replace(/\{(\w+)\}/g, (whole, key: string) => (key in args ? String(args[key]) : whole));
}

/** A failure as it crosses a wire. */
export interface WireFailure {
  readonly code: FailureCode;
  readonly args: FailureArgs;
  readonly text: string;
}

export class Failure extends Error {
  readonly code: FailureCode;
  readonly args: FailureArgs;

  constructor(code: FailureCode, args: FailureArgs, options?: { cause?: unknown }) {
    super(fillText(FAILURE_TEXTS[code], args), options);
    this.name = 'Failure';
    this.code = code;
    this.args = args;
  }

  toWire(): WireFailure {
    return { code: this.code, args: this.args, text: this.message };
  }

  static fromWire(wire: WireFailure): Failure {
    return new Failure(wire.code, wire.args);
  }
}

/** True for a `Failure` of any bundle. */
export function isFailure(error: unknown): error is Failure {
  return error instanceof Error && error.name === 'Failure' && 'code' in error && 'args' in error;
}

/** True for an aborted job, which is not an error and is never shown as one. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Names any thrown value as a failure: ours stay, safetensors-js's become `checkpoint/invalid`, the rest are bugs. */
export function toFailure(error: unknown): Failure {
  if (isFailure(error)) return error;
  if (error instanceof Error && error.name === 'SafetensorsError') {
    const { code, args } = error as Error & { code: string; args: FailureArgs };
    if (code === 'file/changed') return new Failure('file/changed', args, { cause: error });
    return new Failure('checkpoint/invalid', { ...args, safetensorsCode: code, text: error.message }, { cause: error });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new Failure('worker/internal', { why }, { cause: error });
}

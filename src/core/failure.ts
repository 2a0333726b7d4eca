/**
 * Expected faults. A failure is a code and its arguments; callers test the code, never the text, because each of our
 * bundles holds its own copy of this class and `instanceof` would lie across them.
 */
export type FailureArgs = Readonly<Record<string, string | number>>;

type Template = (args: FailureArgs) => string;

/** English text per code: what is wrong, where, and what to do. The extension translates by code, the CLI prints this. */
const TEXTS = {
  'file/not-found': (a) => `${a.path} does not exist. Check the path.`,
  'file/unreadable': (a) => `${a.path} cannot be read: ${a.why}.`,
  'file/changed': (a) => `${a.path} changed on disk since it was opened. Reload the checkpoint.`,
  'checkpoint/invalid': (a) => `${a.text}`,
  'checkpoint/incomplete': (a) =>
    `${a.count} tensors are missing because ${a.file} is missing or cut short. Complete the download, then reload.`,
  'checkpoint/empty': (a) => `${a.path} holds no tensors.`,
  'checkpoint/packed': (a) =>
    `${a.path} is already quantized (${a.format}). Quantize the original checkpoint, or dequantize this one first (--format dequantized).`,
  'tensor/not-found': (a) => `No tensor matches ${a.pattern}. Nearest names: ${a.nearest}.`,
  'tensor/non-finite': (a) =>
    `${a.tensor} holds ${a.count} values that are NaN or infinite, the first at index ${a.index}. Clamp them (--non-finite clamp) or exclude the tensor.`,
  'quantizer/unknown': (a) => `There is no quantizer "${a.id}". Known: ${a.known}.`,
  'quantizer/unused-parameter': (a) => `${a.id} has no use for ${a.parameter}. It takes: ${a.takes}.`,
  'quantizer/bad-parameter': (a) => `${a.id}: ${a.parameter} cannot be ${a.value}. Allowed: ${a.allowed}.`,
  'recipe/invalid': (a) => `${a.where}: ${a.what}`,
  'recipe/matches-nothing': (a) => `Rule ${a.rule} (${a.selector}) matches no tensor. Nearest names: ${a.nearest}.`,
  'format/unknown': (a) => `There is no packed format "${a.id}". Known: ${a.known}.`,
  'format/refuses': (a) => `${a.format} cannot hold this: ${a.why}. ${a.offer}`,
  'format/unloadable': (a) =>
    `No loader of ${a.format} would open this model: ${a.why}. Use ${a.offer}, or override with --allow-unloadable.`,
  'format/unreadable': (a) => `${a.tensor}: this ${a.format} layout cannot be read: ${a.why}.`,
  'save/exists': (a) => `${a.path} exists. Choose another target, or replace it (--force).`,
  'save/strangers': (a) =>
    `${a.path} holds files that Tensor Loupe did not write (${a.files}). Choose another target or move them away.`,
  'save/is-source': (a) => `${a.path} is the source checkpoint. The source is never overwritten: choose another target.`,
  'save/no-space': (a) => `No space left while writing ${a.path}: ${a.needed} bytes are needed, ${a.free} are free. Free some space or choose another disk.`,
  'save/read-only': (a) => `${a.path} cannot be written: ${a.why}. Choose a folder that you may write to.`,
  'save/failed': (a) => `Writing ${a.path} failed: ${a.why}. The target is as it was.`,
  'save/verify-failed': (a) =>
    `${a.tensor}: the saved bytes do not give the reported error (expected ${a.expected}, found ${a.found}). Nothing was put in place.`,
  'verify/differs': (a) => `${a.count} of ${a.total} tensors differ: ${a.first}.`,
  'worker/died': (a) => `The kernel worker died twice on the same job (${a.why}).`,
  'worker/internal': (a) => `The kernel worker failed: ${a.why}. This is a bug, please report it.`,
  'kernel/unavailable': (a) => `The kernel backend ${a.backend} is not available: ${a.why}.`,
  'usage/invalid': (a) => `${a.what}`,
} as const satisfies Record<string, Template>;

export type FailureCode = keyof typeof TEXTS;

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
    super((TEXTS[code] as Template)(args), options);
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

/** What is odd about a checkpoint that opens all the same; the names in braces are the warning's `args`. */
export const CHECKPOINT_WARNING_TEXTS = {
  'index/tensor-not-listed':
    'The index does not list {count} tensors that its files hold, such as "{tensor}" in {file}.',
  'index/wrong-total-size': 'The index gives a total size of {listed} bytes; its tensors take {actual}.',
  'index/file-not-listed': 'The index does not list {file}, which stands beside it.',
  'checkpoint/no-index': 'The folder holds {count} shards and no index; all of them were opened.',
} as const;

/** Code of a warning. */
export type CheckpointWarningCode = keyof typeof CHECKPOINT_WARNING_TEXTS;

/** One oddity of a checkpoint, in the way of an error: a code to test, args to translate with, English to show. */
export interface CheckpointWarning {
  readonly code: CheckpointWarningCode;
  readonly args: Readonly<Record<string, string | number>>;
  readonly text: string;
}

export function warningOf(code: CheckpointWarningCode, args: Record<string, string | number>): CheckpointWarning {
  const text = CHECKPOINT_WARNING_TEXTS[code].replace(/\{(\w+)\}/g, (_match, name: string) =>
    String(args[name] ?? '?'),
  );
  return { code, args, text };
}

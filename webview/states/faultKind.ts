import type { PageState } from '../../src/protocol/page.ts';
import type { StringKey } from '../strings.ts';

export type FailedState = Extract<PageState, { kind: 'failed' }>;

/** What a person can do about a file that does not open: one answer for each kind of fault. */
export type FaultKind = 'cut' | 'lfs' | 'foreign' | 'missing' | 'system' | 'damaged';

/** Codes of safetensors-js by kind; other `file/` and `worker/` codes are the system's, the rest is damage. */
const KINDS: Readonly<Record<string, FaultKind>> = {
  'file/too-short': 'cut',
  'file/empty': 'cut',
  'header/cut-off': 'cut',
  'header/beyond-file': 'cut',
  'data/missing-bytes': 'cut',
  'file/git-lfs-pointer': 'lfs',
  'index/git-lfs-pointer': 'lfs',
  'file/html': 'foreign',
  'file/text': 'foreign',
  'file/json': 'foreign',
  'file/zip': 'foreign',
  'file/pickle': 'foreign',
  'file/gguf': 'foreign',
  'file/hdf5': 'foreign',
  'file/gzip': 'foreign',
  'file/not-found': 'missing',
  'file/not-a-file': 'missing',
  'file/vanished': 'missing',
};

/** The container's own code where the fault is the file's, else ours. */
export function codeOf({ failure }: FailedState): string {
  return String(failure.args.safetensorsCode ?? failure.code);
}

export function faultKindOf(state: FailedState): FaultKind {
  const code = codeOf(state);
  return KINDS[code] ?? (/^(file|worker|http|usage)\//.test(code) ? 'system' : 'damaged');
}

/** Where in the file: as the host says, else the byte that the message names, else the end of a cut file. */
export function offsetOf(state: FailedState): number | null {
  const { offset, args } = state.failure;
  const end = faultKindOf(state) === 'cut' ? args.fileBytes : null;
  const found = offset ?? args.byte ?? end;
  return typeof found === 'number' ? found : null;
}

export const TITLES: Readonly<Record<FaultKind, StringKey>> = {
  cut: 'failed.titleCut',
  lfs: 'failed.title',
  foreign: 'failed.titleForeign',
  missing: 'failed.titleMissing',
  system: 'failed.title',
  damaged: 'failed.title',
};

export const TODOS: Readonly<Record<FaultKind, StringKey>> = {
  cut: 'failed.todoCut',
  lfs: 'failed.todoLfs',
  foreign: 'failed.todoForeign',
  missing: 'failed.todoMissing',
  system: 'failed.todoRetry',
  damaged: 'failed.todoOther',
};

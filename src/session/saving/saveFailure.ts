import { isSafetensorsError } from 'safetensors-js';
import { Failure, isAbort, isFailure } from '../../core/failure.ts';

export interface SpaceFacts {
  /** What was asked for. */
  readonly out: string;
  readonly neededBytes: number;
  readonly freeBytes: number | null;
}

/** Names what went wrong while saving to `out`, in words that say what to do; aborts and other failures stay as they are. */
export function saveFailure(error: unknown, { out, neededBytes, freeBytes }: SpaceFacts): unknown {
  if (isAbort(error)) return error;
  if (isFailure(error)) {
    // A worker knows the staged file and the bytes of one write; the person knows the target and the whole.
    if (error.code === 'save/no-space') return noSpace(error);
    if (error.code === 'save/read-only' || error.code === 'save/failed') {
      return new Failure(error.code, { ...error.args, path: out }, { cause: error });
    }
    return error;
  }
  if (isSafetensorsError(error)) return new Failure('save/failed', { path: out, why: error.message }, { cause: error });
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return noSpace(error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new Failure('save/read-only', { path: out, why: reasonOf(code) }, { cause: error });
    default:
      return new Failure('save/failed', { path: out, why: (error as Error).message }, { cause: error });
  }

  function noSpace(cause: unknown): Failure {
    return new Failure('save/no-space', { path: out, needed: neededBytes, free: freeBytes ?? 'fewer' }, { cause });
  }
}

function reasonOf(code: string): string {
  return code === 'EROFS' ? 'the file system is read-only' : 'permission denied';
}

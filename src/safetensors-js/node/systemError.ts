import { isSafetensorsError, SafetensorsError } from '../error.ts';

/** Turns an error of Node's file system into one of ours, which keeps it as its cause. */
export function systemErrorOf(error: unknown, path: string): SafetensorsError {
  if (isSafetensorsError(error)) return error;
  switch ((error as { code?: unknown }).code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
      return SafetensorsError.of('file/not-found', { path }, error);
    case 'EISDIR':
      return SafetensorsError.of('file/not-a-file', { path }, error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return SafetensorsError.of('file/no-access', { path }, error);
    case 'EEXIST':
      return SafetensorsError.of('file/exists', { path }, error);
    case 'ENOSPC':
    case 'EDQUOT':
      return SafetensorsError.of('file/no-space', { path }, error);
    case 'EMFILE':
    case 'ENFILE':
      return SafetensorsError.of('file/too-many-open', { path }, error);
    case 'EBADF':
      return SafetensorsError.of('file/closed', { path }, error);
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return SafetensorsError.of('file/io-failed', { path, reason }, error);
    }
  }
}

/** Runs file-system work on `path`, its errors turned into ours. */
export async function withSystemErrors<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw systemErrorOf(error, path);
  }
}

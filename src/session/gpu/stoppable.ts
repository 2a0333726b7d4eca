import { abortError, throwIfStopped } from '../pool/abort.ts';

/** Ends with the promise, or before it where the signal fires: a GPU that hangs holds up nobody who cancels. @throws AbortError */
export async function stoppable<Result>(promise: Promise<Result>, stop: AbortSignal | undefined): Promise<Result> {
  throwIfStopped(stop);
  if (stop === undefined) return promise;
  let onAbort = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortError());
    stop.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    stop.removeEventListener('abort', onAbort);
    // What comes too late is nobody's.
    promise.catch(() => {});
  }
}

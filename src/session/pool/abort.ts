/** The error of a job that was stopped: never shown as an error (`isAbort` recognises it). */
export function abortError(): Error {
  return new DOMException('The job was stopped.', 'AbortError');
}

/** @throws AbortError when the signal has fired, whatever its reason */
export function throwIfStopped(stop: AbortSignal | undefined): void {
  if (stop?.aborted) throw abortError();
}

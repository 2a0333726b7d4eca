const INTERVAL_MS = 100;

/** Passes on the progress of one call, at most ten times a second, and what is left at its end. */
export class ProgressReport {
  readonly #send: (readBytes: number, writtenBytes: number) => void;
  #readBytes = 0;
  #writtenBytes = 0;
  #lastSent = performance.now();

  constructor(send: (readBytes: number, writtenBytes: number) => void) {
    this.#send = send;
  }

  add(readBytes: number, writtenBytes: number): void {
    this.#readBytes += readBytes;
    this.#writtenBytes += writtenBytes;
    if (performance.now() - this.#lastSent >= INTERVAL_MS) this.flush();
  }

  flush(): void {
    if (this.#readBytes === 0 && this.#writtenBytes === 0) return;
    this.#send(this.#readBytes, this.#writtenBytes);
    this.#readBytes = 0;
    this.#writtenBytes = 0;
    this.#lastSent = performance.now();
  }
}

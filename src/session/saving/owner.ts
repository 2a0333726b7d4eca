import { hostname } from 'node:os';

/** Who fills a staged folder. */
export interface Owner {
  readonly process: number;
  readonly host: string;
}

export function thisOwner(): Owner {
  return { process: process.pid, host: hostname() };
}

/** Is there such a process on this host? */
export function isRunning(processNumber: number): boolean {
  try {
    process.kill(processNumber, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs, under another user
  }
}

/** Does something again and again, without keeping the process alive for it. @returns ends it */
export function beat(work: () => void, everyMs: number): () => void {
  const timer = setInterval(work, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

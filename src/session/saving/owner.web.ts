import type { Owner } from './owner.ts';

/** A browser has neither process numbers nor a name: each start of the extension is a host of its own. */
const owner: Owner = { process: 1, host: `browser-${crypto.randomUUID()}` };

export function thisOwner(): Owner {
  return owner;
}

/** Only this start of the extension is on this host, and it is not asked about itself. */
export function isRunning(_processNumber: number): boolean {
  return false;
}

export function beat(work: () => void, everyMs: number): () => void {
  const timer = setInterval(work, everyMs);
  return () => clearInterval(timer);
}

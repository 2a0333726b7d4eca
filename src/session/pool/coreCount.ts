import { availableParallelism } from 'node:os';

/** Threads that run at the same time on this machine. */
export function coreCount(): number {
  return availableParallelism();
}

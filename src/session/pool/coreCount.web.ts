/** Threads that run at the same time on this machine, as far as the browser says. */
export function coreCount(): number {
  return navigator.hardwareConcurrency;
}

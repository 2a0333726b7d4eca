import source from 'bundled:worker';

let address: string | null = null;

/** A blob URL of the kernel worker, which the bundle holds as text. */
export function workerScript(): string {
  address ??= URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  return address;
}

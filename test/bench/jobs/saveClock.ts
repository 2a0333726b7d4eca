import type { SaveFileSystem } from '../../../src/session/saving/fileSystem.ts';

/**
 * Times the steps of a save by what it asks of the file system: it encodes between making the weight file and the first
 * sync, and verifies between the last sync of a file and that of the folder, before everything is put in place.
 */
export class SaveClock {
  readonly files: SaveFileSystem;
  #made = 0;
  #firstSync = 0;
  #lastSync = 0;
  #folderSync = 0;

  constructor(files: SaveFileSystem) {
    this.files = {
      ...files,
      create: async (path, bytes) => {
        if (path.endsWith('.safetensors')) this.#made ||= performance.now();
        return files.create(path, bytes);
      },
      sync: async (path) => {
        this.#firstSync ||= performance.now();
        await files.sync(path);
        this.#lastSync = performance.now();
      },
      syncFolder: async (path) => {
        this.#folderSync ||= performance.now();
        await files.syncFolder(path);
      },
    };
  }

  /** Seconds of each step of the save that was made. */
  get seconds(): Readonly<Record<'encode' | 'sync' | 'verify', number>> {
    const between = (from: number, to: number): number => (to - from) / 1000;
    return {
      encode: between(this.#made, this.#firstSync),
      sync: between(this.#firstSync, this.#lastSync),
      verify: between(this.#lastSync, this.#folderSync),
    };
  }
}

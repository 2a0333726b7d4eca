import { type CheckpointFolder, MemorySource, SafetensorsError } from 'safetensors-js';
import { CountingSource } from './buildFile.ts';

/** A folder in memory that counts what is read from it. */
export interface MemoryFolder extends CheckpointFolder {
  /** Every source that was opened, in order. */
  readonly opened: readonly CountingSource[];
}

export function memoryFolder(files: Readonly<Record<string, string | Uint8Array>>): MemoryFolder {
  const opened: CountingSource[] = [];
  const find = (name: string): string | Uint8Array => {
    const file = Object.hasOwn(files, name) ? files[name] : undefined;
    if (file === undefined) throw SafetensorsError.of('file/not-found', { path: `memory:/${name}` });
    return file;
  };
  return {
    path: 'memory:/',
    opened,
    list: async () => Object.keys(files).filter((name) => !name.includes('/')),
    open: async (name) => {
      const file = find(name);
      const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file;
      const source = new CountingSource(new MemorySource(bytes));
      opened.push(source);
      return { source, path: `memory:/${name}`, mtimeMs: 0 };
    },
    readText: async (name) => {
      const file = find(name);
      return typeof file === 'string' ? file : new TextDecoder().decode(file);
    },
  };
}

import type { SessionApi } from '../session/api.ts';
import { openSession } from '../session/session.ts';
import type { CommandContext } from './commandContext.ts';
import type { FlagValues } from './flags/flagValues.ts';

export const MOST_THREADS = 256;

/** Opens a checkpoint for the length of `use`; nothing is kept on disk between calls, and workers end with it. */
export async function withSession<Result>(
  path: string,
  values: FlagValues,
  context: CommandContext,
  use: (session: SessionApi) => Promise<Result>,
): Promise<Result> {
  const threads = values.wholeNumber('threads', 1, MOST_THREADS);
  const axis = values.wholeNumber('axis', 0, 1) as 0 | 1 | null;
  const session = await openSession(path, {
    version: context.version,
    backend: backendOf(values),
    gpuModule: values.text('gpu-module'),
    onNotice: (line) => context.tell(line),
    cacheFolder: null,
    axis,
    ...(threads === null ? {} : { threads }),
  });
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

const BACKENDS = ['auto', 'wasm', 'webgpu'] as const;

/** @throws Failure `usage/invalid` */
export function backendOf(values: FlagValues): (typeof BACKENDS)[number] {
  return values.choice('backend', BACKENDS) ?? 'auto';
}

/** A save or measurement is of the whole checkpoint, also where one shard of it was named: worth a word. */
export function tellWholeCheckpoint({ model: { checkpoint } }: SessionApi, context: CommandContext): void {
  const { filteredTo, files } = checkpoint;
  if (filteredTo === null) return;
  context.tell(`${filteredTo} is one of ${files.length} shards: this is about the whole checkpoint.`);
}

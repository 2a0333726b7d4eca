import path from 'node:path';
import * as vscode from 'vscode';
import { Failure } from '../../core/failure.ts';
import type { SessionApi } from '../../session/api.ts';
import { realPathOf, stampOf } from '../../session/checkpointFiles.ts';
import { openSession } from '../../session/session.ts';
import { Disposable } from '../disposable.ts';
import type { GpuPages } from '../gpu/gpuPages.ts';
import { log } from '../log.ts';
import { setting } from '../settings.ts';
import { OpenCheckpoint } from './openCheckpoint.ts';

/** The right to use an open checkpoint until `dispose`. */
export interface Lease {
  readonly checkpoint: OpenCheckpoint;
  dispose(): void;
}

interface Shared {
  readonly checkpoint: OpenCheckpoint;
  leases: number;
}

/** Opens checkpoints and shares them: tabs, shards and tree items of one checkpoint use one session. */
export class SessionHub extends Disposable {
  private readonly open = new Map<string, Shared>();
  /** Openings in flight by requested path, so that two tabs restored at once open once. */
  private readonly opening = new Map<string, Promise<Shared>>();
  private readonly opened = this.register(new vscode.EventEmitter<OpenCheckpoint>());
  /** A checkpoint was opened or closed. */
  readonly onChanged = this.opened.event;

  private readonly cacheFolder: string;
  private readonly version: string;
  private readonly gpuPages: GpuPages;

  constructor(cacheFolder: string, version: string, gpuPages: GpuPages) {
    super();
    this.gpuPages = gpuPages;
    this.cacheFolder = cacheFolder;
    this.version = version;
  }

  all(): readonly OpenCheckpoint[] {
    return [...this.open.values()].map((shared) => shared.checkpoint);
  }

  /**
   * Opens a file, an index or a folder, or shares the session that has it open already.
   * @throws Failure `file/not-found`, `checkpoint/invalid`, `checkpoint/empty`
   */
  async acquire(file: string): Promise<Lease> {
    const identity = await this.identityOf(file);
    let pending = this.opening.get(identity);
    if (!pending) {
      pending = this.share(file).finally(() => this.opening.delete(identity));
      this.opening.set(identity, pending);
    }
    const shared = await pending;
    shared.leases += 1;
    return this.leaseOf(shared);
  }

  private leaseOf(shared: Shared): Lease {
    let given = true;
    return {
      checkpoint: shared.checkpoint,
      dispose: () => {
        if (!given) return;
        given = false;
        shared.leases -= 1;
        if (shared.leases === 0) this.close(shared);
      },
    };
  }

  private close(shared: Shared): void {
    if (this.open.get(shared.checkpoint.key) === shared) this.open.delete(shared.checkpoint.key);
    shared.checkpoint.dispose();
    if (!this.isDisposed) this.opened.fire(shared.checkpoint);
  }

  private async share(file: string): Promise<Shared> {
    const session = await openSession(file, {
      cacheFolder: this.cacheFolder,
      version: this.version,
      backend: setting('backend'),
      gpuModule: setting('gpu.module') || null,
      connectPage: () => this.gpuPages.connect(),
      onNotice: (line) => log.warn(line),
      ...(setting('threads') > 0 ? { threads: setting('threads') } : {}),
    });
    const key = keyOf(session);
    const known = this.open.get(key);
    if (known && known.checkpoint.stale === null) {
      await session.close();
      return known;
    }
    const shared: Shared = { checkpoint: new OpenCheckpoint(key, session), leases: 0 };
    this.open.set(key, shared);
    this.opened.fire(shared.checkpoint);
    return shared;
  }

  private async identityOf(file: string): Promise<string> {
    try {
      const { mtimeMs, bytes } = await stampOf(file);
      return `${await realPathOf(file)}:${bytes}:${mtimeMs}`;
    } catch (cause) {
      throw new Failure('file/not-found', { path: file }, { cause });
    }
  }

  override dispose(): void {
    for (const shared of this.open.values()) shared.checkpoint.dispose();
    this.open.clear();
    super.dispose();
  }
}

/** One checkpoint, whichever of its files was opened: the index or single file by real path, its sizes and times. */
function keyOf(session: SessionApi): string {
  const { folder, indexName, entry, files } = session.model.checkpoint;
  const versions = files.map((file) => `${file.bytes}:${file.mtimeMs}`).join(',');
  return `${path.join(folder, indexName ?? entry)}|${versions}`;
}

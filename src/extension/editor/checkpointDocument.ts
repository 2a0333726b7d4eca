import path from 'node:path';
import type * as vscode from 'vscode';
import { type Failure, toFailure } from '../../core/failure.ts';
import type { OpenCheckpoint } from '../sessions/openCheckpoint.ts';
import type { Lease, SessionHub } from '../sessions/sessionHub.ts';
import { assertOpenable, pathOf } from '../uris.ts';

/** What a tab shows: an open checkpoint, or why it could not be opened. Never dirty: the source is never written. */
export class CheckpointDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  private readonly hub: SessionHub;
  private lease: Lease | null = null;
  failure: Failure | null = null;

  private constructor(uri: vscode.Uri, hub: SessionHub) {
    this.uri = uri;
    this.hub = hub;
  }

  static async open(uri: vscode.Uri, hub: SessionHub): Promise<CheckpointDocument> {
    const document = new CheckpointDocument(uri, hub);
    await document.reload();
    return document;
  }

  get checkpoint(): OpenCheckpoint | null {
    return this.lease?.checkpoint ?? null;
  }

  /** The shard that this tab was opened on, when it is one of several files. */
  get filteredTo(): string | null {
    const opened = this.checkpoint?.session.model.checkpoint;
    if (!opened?.indexName) return null;
    const name = path.basename(this.uri.path);
    return opened.files.some((file) => file.name === name) ? name : null;
  }

  /** Reads the headers again, as after a change on disk. The old session goes when its last tab has reloaded. */
  async reload(): Promise<void> {
    const before = this.lease;
    try {
      assertOpenable(this.uri);
      this.lease = await this.hub.acquire(pathOf(this.uri));
      this.failure = null;
    } catch (error) {
      this.lease = null;
      this.failure = toFailure(error);
    }
    before?.dispose();
  }

  dispose(): void {
    this.lease?.dispose();
    this.lease = null;
  }
}

import * as vscode from 'vscode';
import { isAbort, toFailure } from '../../core/failure.ts';
import type { TensorSummary } from '../../core/stats/summary.ts';
import type { ScanState } from '../../protocol/page.ts';
import type { SessionApi } from '../../session/api.ts';
import { Disposable } from '../disposable.ts';
import { failureText } from '../localize.ts';
import { log } from '../log.ts';
import { uriOf } from '../uris.ts';

/** A tensor up to this size is read whole even where larger ones are sampled. */
const SAMPLE_ABOVE_BYTES = 4e6;

/**
 * One checkpoint that is open in any number of tabs and in the tree: its session, its scan and its watchers. Owned by
 * the `SessionHub`, which closes it when the last lease is given back.
 */
export class OpenCheckpoint extends Disposable {
  private readonly scanChanged = this.register(new vscode.EventEmitter<ScanState>());
  private readonly summariesArrived = this.register(new vscode.EventEmitter<readonly TensorSummary[]>());
  private readonly fileChanged = this.register(new vscode.EventEmitter<string>());
  readonly onScanChanged = this.scanChanged.event;
  readonly onSummaries = this.summariesArrived.event;
  readonly onFileChanged = this.fileChanged.event;

  private stopScan: AbortController | null = null;
  private stopSample: AbortController | null = null;
  private state: ScanState;
  /** Set once a file moved under us: figures stay on screen, exports are off until the reload. */
  stale: string | null = null;

  readonly key: string;
  readonly session: SessionApi;
  /** Settles once the kernel backend is known. */
  readonly warmed: Promise<void>;

  constructor(key: string, session: SessionApi) {
    super();
    this.key = key;
    this.session = session;
    // A worker that does not start is told by the first call that needs it.
    this.warmed = session.warm().catch((error) => log.error(`kernels: ${toFailure(error).message}`));
    this.state = { status: 'idle', doneBytes: 0, totalBytes: session.model.storedBytes, seconds: 0 };
    this.watchFiles();
  }

  get scanState(): ScanState {
    return this.state;
  }

  /** Starts the scan where it is allowed to start by itself; above the limit it waits for a click. */
  startAutomaticScan(limitBytes: number): void {
    if (this.state.status !== 'idle') return;
    if (this.session.model.storedBytes <= limitBytes) {
      void this.scan([]);
      return;
    }
    this.setScan({ ...this.state, status: 'too-large' });
    void this.sample();
  }

  /** A few runs of every large tensor, so that a checkpoint too large to scan unasked shows estimates (≈) at once. */
  private async sample(): Promise<void> {
    const stop = new AbortController();
    this.stopSample = stop;
    try {
      await this.session.scan({
        sampleAboveBytes: SAMPLE_ABOVE_BYTES,
        stop: stop.signal,
        onSummaries: (batch) => this.summariesArrived.fire(batch),
      });
    } catch (error) {
      if (!isAbort(error)) log.error(`sampled scan: ${toFailure(error).message}`);
    } finally {
      this.stopSample = null;
    }
  }

  /** Scans what has no summary yet, `first` first. A running scan takes over the new order. */
  async scan(first: readonly string[], sampleAboveBytes: number | null = null): Promise<void> {
    if (this.stopScan) {
      await this.hurry(first, this.stopScan.signal);
      return;
    }
    this.stopSample?.abort();
    const stop = new AbortController();
    this.stopScan = stop;
    const started = Date.now();
    const seconds = () => (Date.now() - started) / 1000;
    this.setScan({ ...this.state, status: 'running', seconds: 0 });
    try {
      await this.session.scan({
        first,
        sampleAboveBytes,
        stop: stop.signal,
        onSummaries: (batch) => this.summariesArrived.fire(batch),
        onProgress: ({ doneBytes, totalBytes }) =>
          this.setScan({ status: 'running', doneBytes, totalBytes, seconds: seconds() }),
      });
      this.setScan({ ...this.state, status: 'complete', doneBytes: this.state.totalBytes, seconds: seconds() });
    } catch (error) {
      this.setScan({ ...this.state, status: 'stopped', seconds: seconds() });
      if (isAbort(error)) return;
      const failure = toFailure(error);
      log.error(`scan: ${failure.message}`);
      if (failure.code === 'file/changed') this.markStale(failureText(failure));
      else throw failure;
    } finally {
      this.stopScan = null;
    }
  }

  /** A second request for tensors of the running scan puts them first; their summaries come by the scan itself. */
  private async hurry(first: readonly string[], stop: AbortSignal): Promise<void> {
    if (first.length === 0) return;
    try {
      await this.session.scan({ names: first, first, stop });
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }

  cancelScan(): void {
    this.stopScan?.abort();
  }

  get isScanning(): boolean {
    return this.stopScan !== null;
  }

  private setScan(state: ScanState): void {
    this.state = state;
    this.scanChanged.fire(state);
  }

  private markStale(text: string): void {
    if (this.stale !== null) return;
    this.stale = text;
    this.fileChanged.fire(text);
  }

  private watchFiles(): void {
    const check = () => {
      this.session.assertUnchanged().catch((error) => this.markStale(failureText(toFailure(error))));
    };
    for (const file of this.session.model.checkpoint.files) {
      const uri = uriOf(file.path);
      const folder = vscode.Uri.joinPath(uri, '..');
      const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
      const watcher = this.register(
        vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, name.replace(/[[\]{}*?]/g, '?'))),
      );
      this.register(watcher.onDidChange(check));
      this.register(watcher.onDidDelete(check));
    }
  }

  override dispose(): void {
    this.stopSample?.abort();
    this.cancelScan();
    super.dispose();
    void this.session.close();
  }
}

import * as vscode from 'vscode';
import { Disposable } from './disposable.ts';
import { CONTEXT_KEYS } from './ids.ts';

/** A job that a person can cancel from anywhere: an export, a measurement, a verification. */
export interface Job {
  readonly title: string;
  readonly stop: AbortController;
}

/** The running jobs: for *Cancel Running Job*, the status item and the `when` key of the command. */
export class JobRegistry extends Disposable {
  private readonly running = new Set<Job>();
  private readonly changed = this.register(new vscode.EventEmitter<void>());
  readonly onChanged = this.changed.event;

  start(title: string): Job {
    const job: Job = { title, stop: new AbortController() };
    this.running.add(job);
    this.tell();
    return job;
  }

  end(job: Job): void {
    this.running.delete(job);
    this.tell();
  }

  all(): readonly Job[] {
    return [...this.running];
  }

  private tell(): void {
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.jobRunning, this.running.size > 0);
    this.changed.fire();
  }

  override dispose(): void {
    for (const job of this.running) job.stop.abort();
    super.dispose();
  }
}

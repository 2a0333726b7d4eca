import * as vscode from 'vscode';
import { backendName } from '../core/text/backendName.ts';
import { Disposable } from './disposable.ts';
import type { CheckpointEditor } from './editor/checkpointEditor.ts';
import { COMMANDS } from './ids.ts';
import type { JobRegistry } from './jobs.ts';

/** The status bar: which kernels run, or the job that runs now. Shown while one of our pages is in front. */
export class StatusItem extends Disposable {
  private readonly item = this.register(
    vscode.window.createStatusBarItem('tensorLoupe.kernels', vscode.StatusBarAlignment.Right, 50),
  );
  private readonly editor: CheckpointEditor;
  private readonly jobs: JobRegistry;

  constructor(editor: CheckpointEditor, jobs: JobRegistry) {
    super();
    this.editor = editor;
    this.jobs = jobs;
    this.item.name = 'Tensor Loupe';
    this.register(editor.onActiveChanged(() => this.update()));
    this.register(jobs.onChanged(() => this.update()));
  }

  private update(): void {
    const [job] = this.jobs.all();
    const session = this.editor.active?.document.checkpoint?.session;
    if (job) {
      this.item.text = `$(sync~spin) ${job.title}`;
      this.item.tooltip = vscode.l10n.t('Click to cancel');
      this.item.command = COMMANDS.cancelJob;
    } else if (session) {
      this.item.text = `$(chip) Loupe: ${backendName(session.backend.id)} × ${session.threads}`;
      this.item.tooltip = vscode.l10n.t('Kernel backend and threads. Click for the reasons.');
      this.item.command = COMMANDS.showKernels;
    } else {
      this.item.hide();
      return;
    }
    this.item.show();
  }
}

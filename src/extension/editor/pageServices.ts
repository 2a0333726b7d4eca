import type * as vscode from 'vscode';
import type { GpuPages } from '../gpu/gpuPages.ts';
import type { JobRegistry } from '../jobs.ts';
import type { RecentCheckpoints } from '../tree/recentCheckpoints.ts';
import type { ChoiceStore } from './choiceStore.ts';

/** What a page needs from the extension around it. */
export interface PageServices {
  readonly extensionUri: vscode.Uri;
  readonly version: string;
  readonly choices: ChoiceStore;
  readonly jobs: JobRegistry;
  readonly recent: RecentCheckpoints;
  readonly gpuPages: GpuPages;
}

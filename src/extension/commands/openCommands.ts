import * as vscode from 'vscode';
import type { HostEvents } from '../../protocol/page.ts';
import type { CommandHandler } from './commandHandler.ts';
import { type CommandParts, targetOf } from './commandParts.ts';

const SHOW_MODEL: HostEvents['show'] = { page: 'model', tensor: null, filter: null, spec: null, action: null };

/** Commands that open, show and find. */
export function openCommands(
  parts: CommandParts,
): Record<
  | 'openCheckpoint'
  | 'inspect'
  | 'scan'
  | 'goToTensor'
  | 'revealInModelPage'
  | 'refreshTree'
  | 'openAsText'
  | 'showKernels'
  | 'cancelJob',
  CommandHandler
> {
  const { editor, tree, jobs } = parts;
  return {
    openCheckpoint: async (argument) => {
      const uri = targetOfCall(parts, argument) ?? (await askForCheckpoint());
      if (uri) await editor.show(uri, SHOW_MODEL);
    },
    inspect: async (argument) => {
      const target = targetOf(parts, argument);
      const uri = target?.uri ?? vscode.window.activeTextEditor?.document.uri;
      const tensor = target?.tensor ?? null;
      if (uri) await editor.show(uri, tensor ? { ...SHOW_MODEL, page: 'tensor', tensor } : SHOW_MODEL);
    },
    scan: async () => {
      await editor.active?.document.checkpoint?.scan([]);
    },
    goToTensor: () => goToTensor(parts),
    revealInModelPage: async (argument) => {
      const target = targetOf(parts, argument);
      if (target) await editor.show(target.uri, { ...SHOW_MODEL, tensor: target.tensor, filter: target.filter });
    },
    refreshTree: () => tree.refresh(),
    openAsText: async (argument) => {
      const uri = targetOf(parts, argument)?.uri;
      if (uri) await vscode.commands.executeCommand('vscode.openWith', uri, 'default');
    },
    showKernels: () => showKernels(parts),
    cancelJob: async () => {
      const running = jobs.all();
      const picked =
        running.length < 2
          ? running[0]
          : (await vscode.window.showQuickPick(running.map((job) => ({ label: job.title, job }))))?.job;
      picked?.stop.abort();
    },
  };
}

/** Only a file named by the caller counts: from the palette the command asks, whatever is open. */
function targetOfCall(parts: CommandParts, argument: unknown): vscode.Uri | null {
  return argument === undefined ? null : (targetOf(parts, argument)?.uri ?? null);
}

async function askForCheckpoint(): Promise<vscode.Uri | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Open Checkpoint'),
    filters: { [vscode.l10n.t('Checkpoints')]: ['safetensors', 'json'] },
  });
  return picked?.[0];
}

async function goToTensor({ editor }: CommandParts): Promise<void> {
  const host = editor.active;
  const checkpoint = host?.document.checkpoint;
  if (!host || !checkpoint) return;
  const items = checkpoint.session.model.tensors.map((tensor) => ({
    label: tensor.name,
    description: `${tensor.packing ?? tensor.dtype} [${tensor.shape.join(', ')}]`,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Tensor'),
    matchOnDescription: true,
  });
  if (!picked) return;
  host.reveal();
  await host.show({ page: 'tensor', tensor: picked.label, filter: null, spec: null, action: null });
}

async function showKernels({ hub }: CommandParts): Promise<void> {
  const sessions = hub.all().map(({ session }) => session);
  const lines = sessions.map(({ path, backend, threads }) => ({
    label: `$(chip) ${backend.id.toUpperCase()} × ${threads}`,
    description: path,
    detail: backend.why,
  }));
  const none = { label: vscode.l10n.t('No checkpoint is open'), description: '', detail: '' };
  await vscode.window.showQuickPick(lines.length > 0 ? lines : [none], {
    placeHolder: vscode.l10n.t('Kernel backends of the open checkpoints'),
  });
}

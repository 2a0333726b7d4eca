import * as vscode from 'vscode';
import { backendName } from '../../core/text/backendName.ts';
import type { HostEvents } from '../../protocol/page.ts';
import type { SessionApi } from '../../session/api.ts';
import { describeAdapter } from '../../session/gpu/describeAdapter.ts';
import { localizeGpu } from '../localize.ts';
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
  const lines = await Promise.all(hub.all().map(({ session }) => linesOf(session)));
  const none = { label: vscode.l10n.t('No checkpoint is open'), description: '', detail: '' };
  await vscode.window.showQuickPick(lines.length > 0 ? lines.flat() : [none], {
    placeHolder: vscode.l10n.t('Kernel backends of the open checkpoints'),
  });
}

/** What computes for a session, then every road to a GPU with its adapter or the reason why there is none. */
async function linesOf(session: SessionApi): Promise<vscode.QuickPickItem[]> {
  const { path, backend, threads } = session;
  const roads = (await session.gpuRoads()).map(({ road, state }) => ({
    label: `$(${state.available ? 'check' : 'circle-slash'}) WebGPU: ${road}`,
    detail: localizeGpu(describeAdapter(state)),
  }));
  const detail = backend.gpu === null ? backend.kernels : `${backend.kernels}; ${localizeGpu(backend.gpu)}`;
  return [{ label: `$(chip) ${backendName(backend.id)} × ${threads}`, description: path, detail }, ...roads];
}

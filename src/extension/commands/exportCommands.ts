import * as vscode from 'vscode';
import { DECIBEL_DIGITS, FigureText } from '../../core/text/figureText.ts';
import { shippedRecipes } from '../../session/recipes/shippedRecipes.ts';
import { pathOf } from '../uris.ts';
import type { CommandHandler } from './commandHandler.ts';
import { type CommandParts, targetOf } from './commandParts.ts';

/** Commands that lead to a file: quantize, export, verify, apply a recipe. */
export function exportCommands(
  parts: CommandParts,
): Record<'quantize' | 'exportPackedModel' | 'verifyPackedModel' | 'applyRecipe', CommandHandler> {
  const { editor } = parts;
  return {
    quantize: async (argument) => {
      const target = targetOf(parts, argument) ?? (await askForTarget());
      if (!target) return;
      const { uri, tensor, filter } = target;
      await editor.show(uri, { page: tensor ? 'tensor' : 'model', tensor, filter, spec: null, action: null });
    },
    exportPackedModel: async (argument) => {
      const target = targetOf(parts, argument) ?? (await askForTarget());
      if (!target) return;
      await editor.show(target.uri, { page: 'export', tensor: null, filter: null, spec: null, action: null });
    },
    verifyPackedModel: (argument) => verifyPackedModel(parts, argument),
    applyRecipe: (argument) => applyRecipe(parts, argument),
  };
}

const CHECKPOINTS = () => ({ [vscode.l10n.t('Checkpoints')]: ['safetensors', 'json'] });

async function askForTarget(): Promise<{ uri: vscode.Uri; tensor: null; filter: null } | null> {
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Open Checkpoint'),
    filters: CHECKPOINTS(),
  });
  const [uri] = picked ?? [];
  return uri ? { uri, tensor: null, filter: null } : null;
}

async function applyRecipe(parts: CommandParts, argument: unknown): Promise<void> {
  const host = parts.editor.active;
  if (!host) return;
  const asked = await askForRecipe(argument);
  if (asked !== null) await host.useRecipe(asked);
}

/** The name of a shipped recipe, or the path of a file; null where the person left. */
async function askForRecipe(argument: unknown): Promise<string | null> {
  const shipped = await shippedRecipes();
  const items = [
    { label: vscode.l10n.t('From a file...'), name: null },
    { label: vscode.l10n.t('Published plans'), kind: vscode.QuickPickItemKind.Separator, name: null },
    ...shipped.map(({ name, recipe }) => ({ label: name, detail: recipe.description ?? '', name })),
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Apply Recipe'),
    matchOnDetail: true,
  });
  if (!chosen) return null;
  return chosen.name ?? (await askForRecipeFile(argument));
}

async function askForRecipeFile(argument: unknown): Promise<string | null> {
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Apply Recipe'),
    openLabel: vscode.l10n.t('Apply'),
    filters: { [vscode.l10n.t('Recipes')]: ['json'] },
    ...(argument instanceof vscode.Uri ? { defaultUri: vscode.Uri.joinPath(argument, '..') } : {}),
  });
  const [uri] = picked ?? [];
  return uri ? pathOf(uri) : null;
}

/** Decodes a packed model and its original side by side and says whether the figures of its report hold. */
async function verifyPackedModel(parts: CommandParts, argument: unknown): Promise<void> {
  const packed = targetOf(parts, argument)?.uri;
  if (!packed) return;
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Verify against which original checkpoint?'),
    openLabel: vscode.l10n.t('Verify'),
    filters: CHECKPOINTS(),
  });
  const [original] = picked ?? [];
  if (!original) return;
  const title = vscode.l10n.t('Verifying {0}', vscode.workspace.asRelativePath(packed));
  const job = parts.jobs.start(title);
  const leases = await Promise.all([parts.hub.acquire(pathOf(packed)), parts.hub.acquire(pathOf(original))]);
  try {
    const [packedSession, originalSession] = leases.map((lease) => lease.checkpoint.session);
    if (!packedSession || !originalSession) return;
    const document = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      (progress, token) => {
        token.onCancellationRequested(() => job.stop.abort());
        let told = 0;
        return packedSession.verify(originalSession, {
          stop: job.stop.signal,
          onProgress: ({ doneBytes, totalBytes }) => {
            const percent = (100 * doneBytes) / Math.max(1, totalBytes);
            progress.report({ increment: percent - told });
            told = percent;
          },
        });
      },
    );
    const sqnr = new FigureText(vscode.env.language).sqnr(document.totals.quantized, DECIBEL_DIGITS.verification);
    const { length } = document.tensors;
    if (document.passed) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('{0} tensors verified, SQNR of the quantized ones {1}.', length, sqnr),
      );
    } else {
      const differing = document.tensors.filter((tensor) => tensor.differs !== null);
      const [first] = differing;
      void vscode.window.showErrorMessage(
        vscode.l10n.t(
          '{0} of {1} tensors differ: {2}: {3}',
          differing.length,
          length,
          first?.name ?? '',
          first?.differs ?? '',
        ),
      );
    }
  } finally {
    parts.jobs.end(job);
    for (const lease of leases) lease.dispose();
  }
}

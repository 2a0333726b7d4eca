import * as vscode from 'vscode';
import { isAbort, toFailure } from '../../core/failure.ts';
import { COMMANDS, type CommandName } from '../ids.ts';
import { failureText } from '../localize.ts';
import { log } from '../log.ts';
import type { CommandHandler } from './commandHandler.ts';
import type { CommandParts } from './commandParts.ts';
import { exportCommands } from './exportCommands.ts';
import { openCommands } from './openCommands.ts';
import { tensorCommands } from './tensorCommands.ts';

/** Registers a handler for every command of the manifest: a missing one does not compile. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const handlers: Record<CommandName, CommandHandler> = {
    ...openCommands(parts),
    ...tensorCommands(parts),
    ...exportCommands(parts),
  };
  const registered = (Object.keys(handlers) as CommandName[]).map((name) =>
    vscode.commands.registerCommand(COMMANDS[name], (argument: unknown) => run(name, handlers[name], argument)),
  );
  return vscode.Disposable.from(...registered);
}

/** One message per failed command: what, which file or tensor, what to do. A cancelled command says nothing. */
async function run(name: string, handler: CommandHandler, argument: unknown): Promise<void> {
  try {
    await handler(argument);
  } catch (error) {
    if (isAbort(error)) return;
    const failure = toFailure(error);
    log.error(`${name}: ${error instanceof Error ? error.stack : error}`);
    await vscode.window.showErrorMessage(failureText(failure));
  }
}

import * as vscode from 'vscode';
import { uriOf } from '../uris.ts';

const KEY = 'tensorLoupe.recent';
const MOST_RECENT = 10;

/** The checkpoints opened last, newest first, on this machine. */
export class RecentCheckpoints {
  private readonly memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.memory = memory;
  }

  async list(): Promise<string[]> {
    const files = this.memory.get<readonly string[]>(KEY) ?? [];
    const there = await Promise.all(
      files.map((file) =>
        vscode.workspace.fs.stat(uriOf(file)).then(
          () => true,
          () => false,
        ),
      ),
    );
    return files.filter((_, index) => there[index]);
  }

  async add(file: string): Promise<void> {
    const files = (this.memory.get<readonly string[]>(KEY) ?? []).filter((each) => each !== file);
    await this.memory.update(KEY, [file, ...files].slice(0, MOST_RECENT));
  }
}

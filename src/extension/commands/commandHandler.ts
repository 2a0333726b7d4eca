/** What a command does; `argument` is the tree item or the file it was called on, if any. */
export type CommandHandler = (argument?: unknown) => Promise<void> | void;

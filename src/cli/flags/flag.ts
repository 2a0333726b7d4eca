/** One flag of the command line. A flag means the same in every command that takes it. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What stands after it, as in the help: `GLOB`. Absent: a switch. */
  readonly value?: string;
  /** May be given more than once. */
  readonly isRepeatable?: boolean;
  /** One or two sentences; line breaks are the help's business. */
  readonly help: string;
}

/** Flags under one heading of the help. */
export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly Flag[];
}

import type { CommandContext } from './commandContext.ts';
import type { FlagGroup } from './flags/flag.ts';
import type { FlagValues } from './flags/flagValues.ts';

/** One command of `loupe`: what its help says, what it takes, what it does. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What stands after the name in any order, such as `FILE`. */
  readonly operands: readonly string[];
  /** More lines for its own help. */
  readonly details: readonly string[];
  readonly flagGroups: readonly FlagGroup[];
  readonly examples: readonly string[];
  /**
   * Does it and gives the exit code; what it prints goes through the context.
   * @throws Failure for everything that can be expected to go wrong, an abort when it was stopped
   */
  run(values: FlagValues, context: CommandContext): Promise<number>;
}

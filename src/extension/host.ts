import type { ModelView } from '../protocol/page.ts';

/** Makes ready what sessions need of this host. Node has it all. */
export function prepareHost(): void {}

/** What a person should know of this host before its limits are met. */
export function hostWarnings(): ModelView['warnings'] {
  return [];
}

/** Is there a command line that can open the same files? */
export const HAS_COMMAND_LINE = true;

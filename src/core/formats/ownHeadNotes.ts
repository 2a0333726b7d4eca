import type { Model } from '../model/model.ts';
import { type FormatProblem, formatProblem } from './formatProblem.ts';

/**
 * A word on a tied head that gets a matrix of its own in a checkpoint of the base model, whose names lack the model's
 * prefix (`h.0.…` for `transformer.h.0.…`): Transformers before 5 takes such a checkpoint for one without any head and
 * refuses the name that it then has too many.
 */
export function ownHeadNotes({ tensors, stacks }: Model): readonly FormatProblem[] {
  const head = tensors.find(({ sharesWith }) => sharesWith !== undefined);
  const isBaseModel = stacks.some((stack) => !stack.includes('.'));
  return head !== undefined && isBaseModel ? [formatProblem('note', head.name, 'load/head-of-base')] : [];
}

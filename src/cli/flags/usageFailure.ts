import { Failure } from '../../core/failure.ts';

/** A command line that cannot be understood: exit code 2, with what is wrong and what to type instead. */
export function usageFailure(what: string): Failure {
  return new Failure('usage/invalid', { what });
}

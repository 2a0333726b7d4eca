import { Failure } from '../../core/failure.ts';
import { coreCount } from './coreCount.ts';

/** More threads than this fight over memory bandwidth. */
const MOST_THREADS_BY_ITSELF = 8;

/**
 * Worker threads: as many as cores, at most 8, unless set.
 * @throws Failure `usage/invalid` when what is set is no count of threads
 */
export function threadCount(wanted: number | undefined): number {
  if (wanted === undefined) return Math.min(coreCount(), MOST_THREADS_BY_ITSELF);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 256) {
    throw new Failure('usage/invalid', {
      what: `The number of threads must be a whole number from 1 to 256, not ${wanted}.`,
    });
  }
  return wanted;
}

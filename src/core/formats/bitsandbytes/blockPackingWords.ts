import type { BlockTable } from '../../quantizers/blockCodebook.ts';
import { packingWords } from '../packingWords.ts';

/** `NF4 block 64`, `FP4 block 128 double`. */
export function blockPackingWords(table: BlockTable, blockSize: number, isDouble: boolean): string {
  return `${packingWords(table.toUpperCase(), 'block', blockSize)}${isDouble ? ' double' : ''}`;
}

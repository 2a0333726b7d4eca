import type { BlockTable } from '../../quantizers/blockCodebook.ts';
import type { AffineQuantizer, CodebookQuantizer, Quantizer } from '../../quantizers/quantizer.ts';

/** NF4 or FP4. */
export type BlockQuantizer = CodebookQuantizer & {
  readonly codebook: { readonly kind: 'fixed'; readonly table: BlockTable };
  readonly blockSize: number;
};

export function isBlockQuantizer(quantizer: Quantizer | null): quantizer is BlockQuantizer {
  return quantizer?.family === 'codebook' && quantizer.codebook.kind === 'fixed' && quantizer.blockSize !== null;
}

/** LLM.int8. */
export function isInt8Quantizer(quantizer: Quantizer | null): quantizer is AffineQuantizer {
  return quantizer?.family === 'affine' && quantizer.rule === 'row-absmax';
}

/** True for what the format has codes for. */
export function isPackable(quantizer: Quantizer | null): quantizer is BlockQuantizer | AffineQuantizer {
  return isBlockQuantizer(quantizer) || isInt8Quantizer(quantizer);
}

import { clipText } from './clipRule.ts';
import { outliersText } from './outlierRule.ts';
import { sequenceText } from './planeSequence.ts';
import type { AffineQuantizer, BinaryQuantizer, CodebookQuantizer, Quantizer } from './quantizer.ts';

/** A quantizer in words: `absmax 4 group 128`, `rtn 4 group 128 asymmetric`, `zero-point 8 tensor`, `binary supx4 channel`, `f16`. */
export function describeQuantizer(quantizer: Quantizer): string {
  switch (quantizer.family) {
    case 'affine':
      return affineWords(quantizer).join(' ');
    case 'codebook':
      return codebookWords(quantizer).join(' ');
    case 'binary':
      return binaryWords(quantizer).join(' ');
    case 'cast':
      return [quantizer.id, ...(quantizer.scaleUnit === null ? [] : [quantizer.scaleUnit])].join(' ');
    case 'fixed-point':
      return `${quantizer.id} ${quantizer.bits} ${quantizer.fraction}`;
  }
}

type Words = readonly (string | number)[];

function affineWords({ id, bits, unit, groupSize, rule, clip, outliers }: AffineQuantizer): Words {
  return [
    ...(rule === 'row-absmax' ? [id] : [id, bits, unit]),
    ...(groupSize === null ? [] : [groupSize]),
    // zero-point has no symmetric form to tell it from.
    ...(rule === 'integer-zero' ? ['asymmetric'] : []),
    ...(clip === undefined ? [] : ['clip', clipText(clip)]),
    ...(outliers === undefined ? [] : ['outliers', outliersText(outliers)]),
  ];
}

function codebookWords({ id, bits, unit, blockSize, codebook, doubleQuant }: CodebookQuantizer): Words {
  if (codebook.kind === 'fixed') return [id, 'block', blockSize ?? '', ...(doubleQuant ? ['double'] : [])];
  return codebook.kind === 'given' ? [id, codebook.levels.length] : [id, bits, unit];
}

function binaryWords({ id, bits, planes, method, unit, groupSize }: BinaryQuantizer): Words {
  const form = id === 'xnor' ? [] : [method === 'alternating' ? bits : sequenceText(planes)];
  return [id, ...form, unit, ...(groupSize === null ? [] : [groupSize])];
}

/** x' of packed codes by their decode rule, then one rounding to the loader's dtype. Twin: wasm/affineDecode.ts. */

import type { AffineDecodeRule } from '../../core/model/model.ts';
import { decodeAffineCode, storedCodeOffset } from '../../core/quantizers/affineArithmetic.ts';
import type { Block, SliceParameters } from '../kernels.ts';
import { readCode } from './bitStream.ts';
import type { RefMemory } from './refMemory.ts';
import { type RoundTo, roundDecoded } from './roundDecoded.ts';
import { slicesPerRow } from './slices.ts';

export function affineDecode(
  memory: RefMemory,
  block: Block,
  rule: AffineDecodeRule,
  codes: number,
  codeStorage: 'stream' | 'i8',
  bits: number,
  rowBytes: number,
  parameters: SliceParameters,
  roundTo: RoundTo,
): void {
  const offset = storedCodeOffset(rule, bits);
  const sliceCount = slicesPerRow(block);
  for (let row = 0; row < block.rows; row++) {
    const rowCodes = codes + row * rowBytes;
    for (let column = 0; column < block.inputs; column++) {
      const slice = parameters.perTensor ? 0 : row * sliceCount + Math.floor(column / block.groupSize);
      const scale = memory.float32(parameters.scale, slice);
      const zero = parameters.zero === 0 ? 0 : memory.float32(parameters.zero, slice);
      const code =
        codeStorage === 'i8'
          ? memory.view.getInt8(rowCodes + column)
          : readCode(memory, rowCodes, column, bits) - offset;
      const decoded = roundDecoded(decodeAffineCode(rule, code, scale, zero), roundTo);
      memory.setFloat32(block.x, row * block.inputs + column, decoded);
    }
  }
}

/**
 * Codes of a block for given parameters, packed, with the error of what the loader will compute (see AffineRule for the
 * formulas, bitStream.ts for the layout, runSums.ts for the order of summation). Twin: wasm/affineEncode.ts.
 */

import {
  decodeAffineCode,
  decodeRuleOf,
  roundToAffineCode,
  storedCodeOffset,
} from '../../core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { Block, RunState, SliceParameters, SumsWanted } from '../kernels.ts';
import { writeCode } from './bitStream.ts';
import type { RefMemory } from './refMemory.ts';
import { type RoundTo, roundDecoded } from './roundDecoded.ts';
import { RunSums } from './runSums.ts';
import { slicesPerRow } from './slices.ts';

export function affineEncode(
  memory: RefMemory,
  block: Block,
  quantizer: AffineQuantizer,
  parameters: SliceParameters,
  roundTo: RoundTo,
  codes: number,
  rowBytes: number,
  decoded: number,
  runs: RunState,
  wanted: SumsWanted,
): void {
  const { lo, hi, bits } = quantizer;
  const decodeRule = decodeRuleOf(quantizer.rule);
  const offset = storedCodeOffset(decodeRule, bits);
  const sliceCount = slicesPerRow(block);
  const sums = new RunSums(memory, runs, wanted);
  for (let row = 0; row < block.rows; row++) {
    const rowCodes = codes + row * rowBytes;
    if (codes !== 0) memory.bytes.fill(0, rowCodes, rowCodes + rowBytes);
    for (let column = 0; column < block.inputs; column++) {
      const slice = parameters.perTensor ? 0 : row * sliceCount + Math.floor(column / block.groupSize);
      const scale = memory.float32(parameters.scale, slice);
      const zero = parameters.zero === 0 ? 0 : memory.float32(parameters.zero, slice);
      const multiplier = parameters.multiplier === 0 ? 0 : memory.float32(parameters.multiplier, slice);
      const index = row * block.inputs + column;
      const x = memory.float32(block.x, index);
      const rounded = roundToAffineCode(quantizer.rule, x, scale, zero, multiplier);
      const code = Math.min(Math.max(rounded, lo), hi) | 0;
      const restored = roundDecoded(decodeAffineCode(decodeRule, code, scale, zero), roundTo);
      sums.add(x, restored, rounded < lo || rounded > hi);
      if (codes !== 0) writeCode(memory, rowCodes, column, bits, code + offset);
      if (decoded !== 0) memory.setFloat32(decoded, index, restored);
    }
  }
  sums.save();
}

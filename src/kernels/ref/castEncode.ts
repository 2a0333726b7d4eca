/** Casts of a block to a narrower float, with the error of what the loader will compute. Twin: wasm/castEncode.ts. */
import type { FloatFormat } from '../../core/numbers/floatFormat.ts';
import { overflowsFormat, roundToFormat } from '../../core/numbers/roundToFormat.ts';
import type { Block, CastTarget, RunState, SliceParameters, SumsWanted } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';
import { type RoundTo, roundDecoded } from './roundDecoded.ts';
import { RunSums } from './runSums.ts';

export function castEncode(
  memory: RefMemory,
  block: Block,
  format: FloatFormat,
  saturates: boolean,
  parameters: SliceParameters | null,
  roundTo: RoundTo,
  { unscaled, decoded }: CastTarget,
  runs: RunState,
  wanted: SumsWanted,
): void {
  const sums = new RunSums(memory, runs, wanted);
  for (let row = 0; row < block.rows; row++) {
    const scale = parameters === null ? 1 : memory.float32(parameters.scale, parameters.perTensor ? 0 : row);
    for (let column = 0; column < block.inputs; column++) {
      const index = row * block.inputs + column;
      const x = memory.float32(block.x, index);
      const scaled = Math.fround(x / scale);
      const rounded = roundToFormat(scaled, format, saturates);
      const restored = roundDecoded(Math.fround(rounded * scale), roundTo);
      sums.add(x, restored, overflowsFormat(scaled, format));
      if (unscaled !== 0) memory.setFloat32(unscaled, index, rounded);
      if (decoded !== 0) memory.setFloat32(decoded, index, restored);
    }
  }
  sums.save();
}

import type { TensorSource } from '../../core/model/model.ts';
import { RunMean } from '../../core/numbers/runMean.ts';
import type { CodebookQuantizer } from '../../core/quantizers/quantizer.ts';
import type { CallScope } from '../callScope.ts';
import { findNonFinite } from '../nonFinite.ts';
import { planBlocks } from '../quantize/blockPlan.ts';
import { countBlocks, searchBlocks } from '../quantize/blockScales.ts';
import { openRows } from '../rows/openRows.ts';

/** Elements whose block scales are held at once, about. */
const PART_ELEMENTS = 1 << 22;

/**
 * The mean of the block scales of a tensor, rounded to F32: the offset of double quantization. Weights that are not finite
 * count as clamped; the pass that encodes refuses them where it should.
 */
export async function offsetOf(scope: CallScope, source: TensorSource, quantizer: CodebookQuantizer): Promise<number> {
  const offset = await meanOfScales(scope, source, quantizer, null);
  if (Number.isFinite(offset)) return offset;
  const nonFinite = await findNonFinite(scope, source);
  return meanOfScales(scope, source, quantizer, nonFinite?.largest ?? 0);
}

async function meanOfScales(
  scope: CallScope,
  source: TensorSource,
  quantizer: CodebookQuantizer,
  largest: number | null,
): Promise<number> {
  scope.arena.reset();
  const { channels, inputs } = source.view;
  const { tiles, blockSize } = planBlocks(scope, source, { ...quantizer, doubleQuant: false });
  const all = { start: 0, end: channels };
  const reader = openRows(scope, source, all, tiles, { largest });
  // Parts begin with a block: `blockSize` channels always hold whole ones.
  const step = blockSize * Math.max(1, Math.floor(PART_ELEMENTS / Math.max(1, blockSize * inputs)));
  const most = { start: 0, end: Math.min(step, channels) };
  const scales = scope.arena.take(4 * countBlocks({ rows: most, inputs, blockSize }));
  const mean = new RunMean();
  for (let start = 0; start < channels; start += step) {
    const rows = { start, end: Math.min(start + step, channels) };
    await searchBlocks(scope, { reader, rows, inputs, tiles, blockSize }, scales);
    mean.add(scope.arena.floatsAt(scales, countBlocks({ rows, inputs, blockSize })));
  }
  return Math.fround(mean.mean);
}

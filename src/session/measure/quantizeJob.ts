import type { ErrorSums } from '../../core/metrics/figures.ts';
import type { SumsWanted } from '../../core/metrics/runRecord.ts';
import type { ModelTensor } from '../../core/model/model.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import type { PartTarget } from '../../protocol/worker.ts';
import type { Chunk } from '../batching/batches.ts';
import type { ProgressMeter } from '../batching/progressMeter.ts';

/** One tensor to quantize, in memory or into a file. */
export interface QuantizeWork {
  readonly tensor: ModelTensor;
  /** Null copies the source bytes. */
  readonly quantizer: Quantizer | null;
  readonly roundTo: 'BF16' | 'F16' | null;
  /** Where its parts go; empty to measure only. */
  readonly targets: readonly PartTarget[];
}

export interface QuantizeJob {
  readonly work: readonly QuantizeWork[];
  /** Keep the order given; else the order of the bytes on the disk. */
  readonly inOrderGiven: boolean;
  readonly wanted: SumsWanted;
  /** What to look at beside the sums; `ranges` as in `detailRangesOf`. */
  readonly details?: { readonly codes: boolean; readonly errors: boolean; readonly ranges: DetailRanges };
  readonly nonFinite: 'refuse' | 'clamp';
  readonly meter: ProgressMeter;
  readonly stop?: AbortSignal | undefined;
  readonly urgent?: boolean;
  /** Called for each tensor as it is finished. */
  readonly onTensor: (name: string, quantized: QuantizedTensor) => void;
  readonly onBatch?: () => void;
  /** Called for each chunk as it is finished. */
  readonly onChunk?: (chunk: Chunk) => void;
}

/** [min, max] of tensors by name: the range of the histograms between which distances are measured. */
export type DetailRanges = ReadonlyMap<string, { readonly low: number; readonly high: number }>;

export interface QuantizedTensor {
  readonly sums: ErrorSums;
  /** Scales that had to be clamped to their stored dtype's finite, non-zero values. */
  readonly saturatedScales: number;
  /** Slices so far from 0, in steps of their grid, that codes do not come back from what they decode to. */
  readonly distantSlices: number;
}

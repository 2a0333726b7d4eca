import type { ModelTensor } from '../../core/model/model.ts';
import { HQQ_ROUNDS, roundsOfSolver } from '../../core/quantizers/hqqSolver.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import { sliceSearchOf } from '../../core/quantizers/sliceSearch.ts';
import type { TensorSearch } from '../../core/quantizers/tensorSearch.ts';
import { type Batch, type Chunk, chunksOfTensors } from '../batching/batches.ts';
import type { ProgressMeter } from '../batching/progressMeter.ts';
import { throwIfStopped } from '../pool/abort.ts';
import type { GpuSearcher } from './gpuSearcher.ts';

/** What a GPU found for chunks that are about to be quantized. */
export class GpuProposals {
  readonly #gpu: GpuSearcher;
  readonly #quantizerOf: (name: string) => Quantizer | null;
  readonly #searches: ReadonlyMap<string, TensorSearch>;
  readonly #found = new Map<Chunk, Float32Array>();

  constructor(
    gpu: GpuSearcher,
    quantizerOf: (name: string) => Quantizer | null,
    searches: ReadonlyMap<string, TensorSearch>,
  ) {
    this.#gpu = gpu;
    this.#quantizerOf = quantizerOf;
    this.#searches = searches;
  }

  /** Asks about the chunks of a batch, one after the other. */
  async prepare(batch: Batch, stop: AbortSignal): Promise<void> {
    for (const chunk of batch) {
      const quantizer = this.#quantizerOf(chunk.tensor.name);
      if (quantizer === null || sliceSearchOf(quantizer) === null) continue;
      throwIfStopped(stop);
      const search = this.#searches.get(chunk.tensor.name);
      const rounds = search?.kind === 'rounds' ? search.rounds : 0;
      const found = await this.#gpu.search(chunk.tensor, chunk.rows, quantizer, rounds, stop);
      if (found !== null) this.#found.set(chunk, found.values);
    }
  }

  /** What was found for the slices of a chunk, once; null: nothing. */
  take(chunk: Chunk): Float32Array | null {
    const found = this.#found.get(chunk) ?? null;
    this.#found.delete(chunk);
    return found;
  }
}

/** How many rounds HQQ's solver makes of a tensor, by a pass over it; null: the workers have to tell. */
export async function roundsByGpu(
  gpu: GpuSearcher,
  tensor: ModelTensor,
  quantizer: Quantizer,
  { meter, stop }: { readonly meter: ProgressMeter; readonly stop?: AbortSignal | undefined },
): Promise<number | null> {
  if (sliceSearchOf(quantizer) !== 'hqqSolve') return null;
  const errors = new Float64Array(HQQ_ROUNDS);
  for (const chunk of chunksOfTensors([tensor])) {
    // Its bytes come on top of the pass that quantizes.
    meter.extend(chunk.bytes, 0);
    const metered = meter.begin([chunk]);
    const found = await gpu.search(tensor, chunk.rows, quantizer, HQQ_ROUNDS, stop);
    if (found === null) {
      metered.drop();
      meter.extend(-chunk.bytes, 0);
      return null;
    }
    metered.end();
    for (let round = 0; round < HQQ_ROUNDS; round++) errors[round]! += found.sums[round]!;
  }
  // Weights that are not finite are the workers' to refuse or to clamp.
  return errors.every(Number.isFinite) ? roundsOfSolver(errors) : null;
}

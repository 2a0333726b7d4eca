import type { ModelTensor } from '../../core/model/model.ts';
import { HQQ_ROUNDS, roundsOfSolver } from '../../core/quantizers/hqqSolver.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import { sliceSearchOf } from '../../core/quantizers/sliceSearch.ts';
import type { TensorSearch } from '../../core/quantizers/tensorSearch.ts';
import { type Batch, type Chunk, chunksOfTensors } from '../batching/batches.ts';
import { throwIfStopped } from '../pool/abort.ts';
import type { GpuRoad } from './gpuRoad.ts';

/** What a GPU found for chunks that are about to be quantized. */
export class GpuProposals {
  readonly #gpu: GpuRoad;
  readonly #quantizerOf: (name: string) => Quantizer | null;
  readonly #searches: ReadonlyMap<string, TensorSearch>;
  readonly #found = new Map<Chunk, Float32Array>();

  constructor(
    gpu: GpuRoad,
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
      const found = await this.#gpu.search(chunk.tensor, chunk.rows, quantizer, rounds);
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

/** How many rounds HQQ's solver makes of a tensor; null: the workers have to tell. */
export async function roundsByGpu(
  gpu: GpuRoad,
  tensor: ModelTensor,
  quantizer: Quantizer,
  stop: AbortSignal | undefined,
): Promise<number | null> {
  if (sliceSearchOf(quantizer) !== 'hqqSolve') return null;
  const errors = new Float64Array(HQQ_ROUNDS);
  for (const { rows } of chunksOfTensors([tensor])) {
    throwIfStopped(stop);
    const found = await gpu.search(tensor, rows, quantizer, HQQ_ROUNDS);
    if (found === null) return null;
    for (let round = 0; round < HQQ_ROUNDS; round++) errors[round]! += found.sums[round]!;
  }
  // Weights that are not finite are the workers' to refuse or to clamp.
  return errors.every(Number.isFinite) ? roundsOfSolver(errors) : null;
}

import type { ModelTensor } from '../../core/model/model.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import { type SliceSearch, sliceSearchOf } from '../../core/quantizers/sliceSearch.ts';
import { type GpuText, gpuText } from '../../core/text/gpuTexts.ts';
import type { GpuFound, GpuState } from '../../protocol/gpu.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { KernelPool } from '../pool/kernelPool.ts';
import { GpuFault } from './gpuFault.ts';
import { blockOf, type GpuRoad, type GpuRoadName } from './gpuRoad.ts';
import { type Trial, tryRoads } from './roadTrial.ts';
import { joinFound, rowBlocksOf } from './rowBlocks.ts';
import { stoppable } from './stoppable.ts';

/** A device that failed so often is not tried again. */
const MOST_FAULTS = 2;

export interface GpuSearcherOptions {
  /** `auto` takes the fastest of the roads and the workers, and no adapter that computes on the CPU; `webgpu` takes the first adapter. */
  readonly wanted: 'auto' | 'webgpu';
  /** In the order in which they are taken where nobody measures. */
  readonly roads: readonly GpuRoad[];
  /** The workers that a road is measured against. */
  readonly pool: KernelPool;
  /** One line for people, at each fault. */
  readonly onFault?: ((line: string) => void) | undefined;
}

/** What is known of a road, for people. */
export interface RoadState {
  readonly road: GpuRoadName;
  readonly state: GpuState;
}

/**
 * The searches of a session on a GPU: which road, and what if it fails. It proposes what searches find; where it cannot, the
 * answer is null and the workers search.
 */
export class GpuSearcher {
  readonly #options: GpuSearcherOptions;
  readonly #faults = new Map<GpuRoad, number>();
  /** What `auto` measured, once for each search. */
  readonly #trials = new Map<SliceSearch, Promise<Trial>>();
  readonly #taken = new WeakSet<GpuFault>();
  readonly #told = new Set<string>();
  #used: { readonly road: GpuRoad; readonly adapter: string } | null = null;
  /** The times of the last trial. */
  #measured: string | null = null;
  #proposed = 0;
  #refused = 0;

  constructor(options: GpuSearcherOptions) {
    this.#options = options;
  }

  /** True once a GPU proposed something. */
  get isUsed(): boolean {
    return this.#used !== null;
  }

  /** What ran, for people; null: nothing was searched so far. */
  get summary(): GpuText | null {
    const measured = this.#measured;
    if (this.#used === null) return measured === null ? null : gpuText('not-used', { measured });
    const { road, adapter } = this.#used;
    const args = { adapter, road: road.name, refused: this.#refused, proposed: this.#proposed };
    return measured === null ? gpuText('used', args) : gpuText('used-measured', { ...args, measured });
  }

  /** Every road, with its adapter or the reason why there is none. */
  async probe(): Promise<readonly RoadState[]> {
    return Promise.all(this.#options.roads.map(async (road) => ({ road: road.name, state: await road.probe() })));
  }

  /**
   * What the search of the quantizer finds for rows of a tensor; null: ask the workers.
   * @throws Failure `file/*`; AbortError
   */
  async search(
    tensor: ModelTensor,
    rows: RowRange,
    quantizer: Quantizer,
    rounds: number,
    stop?: AbortSignal,
  ): Promise<GpuFound | null> {
    const kind = sliceSearchOf(quantizer);
    if (kind === null || blockOf(tensor, rows, quantizer, rounds) === null) return null;
    const road = await stoppable(this.#roadFor(kind, tensor, rows, quantizer, rounds), stop);
    if (road === null) return null;
    try {
      const blocks = rowBlocksOf(tensor, rows).map((part) => road.search(blockOf(tensor, part, quantizer, rounds)!));
      const found = joinFound(await stoppable(Promise.all(blocks), stop));
      await this.#note(road);
      return found;
    } catch (error) {
      if (!(error instanceof GpuFault)) throw error;
      this.#take(road, error);
      return null;
    }
  }

  /** Slices that something was proposed for, and those whose plain start was better. */
  countProposals(slices: number, refused: number): void {
    this.#proposed += slices;
    this.#refused += refused;
  }

  end(): void {
    for (const road of this.#options.roads) road.end();
  }

  /** The road to take now; null: the workers. */
  async #roadFor(
    kind: SliceSearch,
    tensor: ModelTensor,
    rows: RowRange,
    quantizer: Quantizer,
    rounds: number,
  ): Promise<GpuRoad | null> {
    const roads = await this.#openRoads();
    if (roads.length === 0) return null;
    if (this.#options.wanted === 'webgpu') return roads[0]!;
    let trial = this.#trials.get(kind);
    if (trial === undefined) {
      trial = tryRoads({ roads, pool: this.#options.pool, tensor, rows, quantizer, rounds });
      this.#trials.set(kind, trial);
      // What a worker or a file did wrong is not for the next job to hear.
      trial.catch(() => this.#trials.delete(kind));
    }
    const { fastest, measured, faults } = await trial;
    for (const { road, fault } of faults.splice(0)) this.#take(road, fault);
    this.#measured = measured;
    return fastest !== null && roads.includes(fastest) ? fastest : null;
  }

  /** Roads that have an adapter now and did not fail too often. */
  async #openRoads(): Promise<readonly GpuRoad[]> {
    const { roads, wanted } = this.#options;
    const left = roads.filter((road) => (this.#faults.get(road) ?? 0) < MOST_FAULTS);
    const states = await Promise.all(left.map((road) => road.probe()));
    const isTaken = (state: GpuState): boolean => state.available && (wanted === 'webgpu' || !state.software);
    return left.filter((_, i) => isTaken(states[i]!));
  }

  async #note(road: GpuRoad): Promise<void> {
    if (this.#used?.road === road) return;
    const state = await road.probe();
    if (state.available) this.#used = { road, adapter: state.software ? `${state.adapter} (software)` : state.adapter };
  }

  #take(road: GpuRoad, fault: GpuFault): void {
    const { kind, message } = fault;
    // A page that was closed, or a row too long, says nothing about the device.
    if (kind === 'left' || this.#taken.has(fault)) return;
    // Blocks that were asked beside the one that failed fail with it: that is one fault.
    this.#taken.add(fault);
    if (kind === 'too-large') {
      this.#tell(`WebGPU: ${message}. The workers search instead.`);
      return;
    }
    const faults = (this.#faults.get(road) ?? 0) + 1;
    this.#faults.set(road, faults);
    if (kind === 'device') road.end();
    const rest = faults >= MOST_FAULTS ? ' It is not tried again.' : '';
    this.#options.onFault?.(`WebGPU failed: ${message}. The workers search instead.${rest}`);
  }

  #tell(line: string): void {
    if (this.#told.has(line)) return;
    this.#told.add(line);
    this.#options.onFault?.(line);
  }
}

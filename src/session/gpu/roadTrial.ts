import type { ModelTensor } from '../../core/model/model.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import { backendName } from '../../core/text/backendName.ts';
import type { QuantizeItem, RowRange } from '../../protocol/worker.ts';
import type { KernelPool } from '../pool/kernelPool.ts';
import { GpuFault } from './gpuFault.ts';
import { blockOf, type GpuRoad } from './gpuRoad.ts';
import { rowBlocksOf } from './rowBlocks.ts';

/** Stored weights that are tried: a small block of the real job. */
const TRIAL_BYTES = 1 << 20;
/** Of so many runs the fastest counts, after one that compiles and loads. */
const RUNS = 2;

export interface TrialJob {
  readonly roads: readonly GpuRoad[];
  readonly pool: KernelPool;
  readonly tensor: ModelTensor;
  readonly rows: RowRange;
  readonly quantizer: Quantizer;
  /** Rounds of HQQ's solver; 0 for other searches. */
  readonly rounds: number;
}

export interface Trial {
  /** Null: the workers by themselves. */
  readonly fastest: GpuRoad | null;
  /** Milliseconds by the names of roads and workers; null: no road answered. */
  readonly measured: string | null;
  /** Of roads that failed in their trial. */
  readonly faults: { readonly road: GpuRoad; readonly fault: GpuFault }[];
}

interface Timed {
  readonly road: GpuRoad;
  readonly ms: number;
  readonly values: Float32Array;
}

/**
 * Which road is fastest for a search, measured on the first rows of the job, transfer included. Workers encode while a GPU
 * searches, so a road takes the longer of its own time and that of the workers with its proposals.
 */
export async function tryRoads(job: TrialJob): Promise<Trial> {
  const [sample] = rowBlocksOf(job.tensor, job.rows, TRIAL_BYTES) as [RowRange];
  const faults: Trial['faults'] = [];
  const timed: Timed[] = [];
  for (const road of job.roads) {
    try {
      timed.push(await timeRoad(road, job, sample));
    } catch (error) {
      if (!(error instanceof GpuFault)) throw error;
      faults.push({ road, fault: error });
    }
  }
  const best = timed.reduce<Timed | null>((least, each) => (least === null || each.ms < least.ms ? each : least), null);
  if (best === null) return { fastest: null, measured: null, faults };
  const alone = (await timeWorkers(job, sample, null)) / job.pool.size;
  const encoding = (await timeWorkers(job, sample, best.values)) / job.pool.size;
  const isFaster = Math.max(best.ms, encoding) < alone;
  return { fastest: isFaster ? best.road : null, measured: timesOf(timed, alone, job.pool), faults };
}

async function timeRoad(road: GpuRoad, job: TrialJob, sample: RowRange): Promise<Timed> {
  const block = blockOf(job.tensor, sample, job.quantizer, job.rounds)!;
  const { values } = await road.search(block);
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now();
    await road.search(block);
    least = Math.min(least, performance.now() - started);
  }
  return { road, values, ms: least };
}

/** Milliseconds of one worker. */
async function timeWorkers(job: TrialJob, rows: RowRange, proposals: Float32Array | null): Promise<number> {
  const { pool, tensor, quantizer, rounds } = job;
  const search = rounds === 0 ? null : ({ kind: 'rounds', rounds } as const);
  const item: QuantizeItem = {
    ...{ item: 0, source: tensor.source, rows, quantizer, roundTo: null, targets: [], search, proposals },
    ...({ nonFinite: 'clamp', sums: 'basic' } as const),
  };
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run <= RUNS; run++) {
    // Workers may be busy with something else: what counts is not the wait for one.
    const onServed = (ms: number): void => {
      if (run > 0) least = Math.min(least, ms);
    };
    await pool.call('tensor/quantize', { items: [item] }, { urgent: true, onServed });
  }
  return least;
}

function timesOf(timed: readonly Timed[], alone: number, { backend, size }: KernelPool): string {
  const workers = [`${backendName(backend.id)} × ${size}`, alone] as const;
  const each = [...timed.map(({ road, ms }) => [road.name, ms] as const), workers];
  return each.map(([name, ms]) => `${name} ${ms.toFixed(ms < 10 ? 1 : 0)} ms`).join(', ');
}

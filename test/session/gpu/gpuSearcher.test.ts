import { describe, expect, test } from 'vitest';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { englishOf, type GpuText, gpuText } from '../../../src/core/text/gpuTexts.ts';
import type { GpuFound, GpuState } from '../../../src/protocol/gpu.ts';
import type { QuantizeItem } from '../../../src/protocol/worker.ts';
import { GpuFault } from '../../../src/session/gpu/gpuFault.ts';
import type { GpuBlock, GpuRoad, GpuRoadName } from '../../../src/session/gpu/gpuRoad.ts';
import { GpuSearcher } from '../../../src/session/gpu/gpuSearcher.ts';
import type { CallHooks, KernelPool } from '../../../src/session/pool/kernelPool.ts';
import { tensorOf } from './support/tensorOf.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Apart by so much that no machine confuses them. */
const [SLOW_MS, MIDDLE_MS] = [200, 60];
const ROWS = { start: 0, end: 8 };
const CLIP: QuantizerSpec = { id: 'rtn', bits: 4, unit: 'channel', clip: 'mse' };

interface RoadPlan {
  readonly name?: GpuRoadName;
  readonly ms?: number;
  readonly software?: boolean;
  readonly why?: GpuText;
  readonly fault?: GpuFault;
}

/** A road that takes its time and counts what it was asked. */
function roadOf({ name = 'page', ms = 0, software = false, why, fault }: RoadPlan): GpuRoad & { asked: GpuBlock[] } {
  const limits = { maxBufferSize: 1, maxStorageBufferBindingSize: 1, maxComputeInvocationsPerWorkgroup: 1 };
  const adapter = { adapter: `GPU of ${name}`, driver: '', limits, subgroup: 1 };
  const state: GpuState = why === undefined ? { available: true, software, ...adapter } : { available: false, why };
  const asked: GpuBlock[] = [];
  return {
    name,
    asked,
    probe: async () => state,
    search: async (block): Promise<GpuFound> => {
      asked.push(block);
      await sleep(ms);
      if (fault) throw fault;
      return { values: new Float32Array(block.search.rows).fill(7), sums: new Float64Array(0) };
    },
    end: () => {},
  };
}

/** Two workers that say to take their time; with proposals none. */
function poolOf(ms: number): KernelPool & { asked: QuantizeItem[] } {
  const asked: QuantizeItem[] = [];
  const call = async (_kind: string, { items }: { items: readonly QuantizeItem[] }, { onServed }: CallHooks = {}) => {
    asked.push(...items);
    onServed?.(items[0]?.proposals === null ? ms : 0);
    return { results: [] };
  };
  return {
    size: 2,
    backend: { id: 'wasm', why: '' },
    asked,
    call,
    dispose: async () => {},
  } as unknown as KernelPool & {
    asked: QuantizeItem[];
  };
}

const toldBy = ({ summary }: GpuSearcher): string => (summary === null ? '' : englishOf(summary));
const searchBy = (searcher: GpuSearcher, spec = CLIP, tensor = tensorOf()) =>
  searcher.search(tensor, ROWS, resolveQuantizer(spec), 0);

describe('the automatic choice', () => {
  test('takes the fastest road, measured on a block of the job with its transfer', async () => {
    const roads = [roadOf({ name: 'process', ms: MIDDLE_MS }), roadOf({ name: 'page' })];
    const searcher = new GpuSearcher({ wanted: 'auto', roads, pool: poolOf(2 * SLOW_MS) });
    expect((await searchBy(searcher))?.values).toEqual(new Float32Array(8).fill(7));
    expect(toldBy(searcher)).toMatch(
      /^searches on GPU of page by page \(measured: process \d+ ms, page [\d.]+ ms, WASM × 2 \d+ ms\); 0 of 0 proposals refused$/,
    );
    const tried = roads[0]!.asked.length;
    await searchBy(searcher);
    expect(roads[0]!.asked).toHaveLength(tried);
  });

  test('takes the workers where they are faster than every road', async () => {
    const road = roadOf({ ms: SLOW_MS });
    const searcher = new GpuSearcher({ wanted: 'auto', roads: [road], pool: poolOf(0) });
    expect(await searchBy(searcher)).toBeNull();
    const tried = road.asked.length;
    expect(await searchBy(searcher)).toBeNull();
    expect(road.asked).toHaveLength(tried);
    expect(searcher.isUsed).toBe(false);
    expect(toldBy(searcher)).toMatch(/^searches by the workers \(measured: page \d+ ms, WASM × 2 [\d.]+ ms\)$/);
  });

  test('measures each search once, on at most a megabyte of it', async () => {
    const road = roadOf({});
    const pool = poolOf(SLOW_MS);
    const searcher = new GpuSearcher({ wanted: 'auto', roads: [road], pool });
    const large = tensorOf('BF16', 64, 65_536);
    await searcher.search(large, { start: 32, end: 64 }, resolveQuantizer(CLIP), 0);
    expect(road.asked[0]).toMatchObject({ firstRow: 32, search: { rows: 8 } });
    expect(pool.asked.every(({ rows }) => rows.start === 32 && rows.end === 40)).toBe(true);
    const measured = pool.asked.length;
    await searcher.search(large, { start: 0, end: 32 }, resolveQuantizer(CLIP), 0);
    expect(pool.asked).toHaveLength(measured);
    await searchBy(searcher, { id: 'alternating', bits: 2, groupSize: 64 });
    expect(pool.asked.length).toBe(2 * measured);
  });

  test('never takes a software adapter, which a person may', async () => {
    const road = roadOf({ software: true });
    expect(await searchBy(new GpuSearcher({ wanted: 'auto', roads: [road], pool: poolOf(SLOW_MS) }))).toBeNull();
    expect(road.asked).toEqual([]);
    const forced = new GpuSearcher({ wanted: 'webgpu', roads: [road], pool: poolOf(0) });
    expect(await searchBy(forced)).not.toBeNull();
    expect(toldBy(forced)).toBe('searches on GPU of page (software) by page; 0 of 0 proposals refused');
  });

  test('goes on with the other roads where one fails in its trial', async () => {
    const told: string[] = [];
    const broken = roadOf({ name: 'process', fault: new GpuFault('a shader does not compile', 'block') });
    const options = { roads: [broken, roadOf({})], pool: poolOf(SLOW_MS), onFault: (line: string) => told.push(line) };
    const searcher = new GpuSearcher({ wanted: 'auto', ...options });
    expect(await searchBy(searcher)).not.toBeNull();
    expect(told).toEqual(['WebGPU failed: a shader does not compile. The workers search instead.']);
  });
});

describe('roads that come and go', () => {
  test('tell their reasons, in their order', async () => {
    const roads = [
      roadOf({ name: 'process', why: gpuText('package-not-installed', { package: 'webgpu' }) }),
      roadOf({ why: gpuText('no-page-open') }),
    ];
    const states = await new GpuSearcher({ wanted: 'auto', roads, pool: poolOf(0) }).probe();
    expect(states).toEqual([
      { road: 'process', state: { available: false, why: gpuText('package-not-installed', { package: 'webgpu' }) } },
      { road: 'page', state: { available: false, why: gpuText('no-page-open') } },
    ]);
  });

  test('are no fault where a person closed the page', async () => {
    const told: string[] = [];
    const road = roadOf({ fault: new GpuFault('the page was closed', 'left') });
    const searcher = new GpuSearcher({
      wanted: 'webgpu',
      roads: [road],
      pool: poolOf(0),
      onFault: (line) => told.push(line),
    });
    for (let i = 0; i < 3; i++) expect(await searchBy(searcher)).toBeNull();
    expect(road.asked).toHaveLength(3);
    expect(told).toEqual([]);
  });

  test('ask about rows of a transposed tensor like those of any other', async () => {
    const road = roadOf({});
    const searcher = new GpuSearcher({ wanted: 'webgpu', roads: [road], pool: poolOf(0) });
    expect(await searchBy(searcher, CLIP, tensorOf('F16', 8, 64, true))).not.toBeNull();
    expect(road.asked[0]?.view.transposed).toBe(true);
  });
});

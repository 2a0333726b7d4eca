import type { TensorSource } from '../../../src/core/model/model.ts';
import type { BackendId } from '../../../src/kernels/kernels.ts';
import type { RowRange, WorkerCallKind, WorkerCalls, WorkerContext } from '../../../src/protocol/worker.ts';
import type { WorkerTools } from '../../../src/worker/callScope.ts';
import { CallScope } from '../../../src/worker/callScope.ts';
import { NodeFiles } from '../../../src/worker/files/nodeFiles.ts';
import type { WorkerFiles } from '../../../src/worker/files/workerFiles.ts';
import { createHandlers } from '../../../src/worker/handlers.ts';
import { DEFAULT_LIMITS, type WorkerLimits } from '../../../src/worker/limits.ts';
import { openRows, planRows } from '../../../src/worker/rows/openRows.ts';
import { createTools } from '../../../src/worker/serve.ts';
import { elementsOf, tilesOf } from '../../../src/worker/tiles.ts';
import { loadTestKernels } from '../../kernels/support/backends.ts';

type TensorKind = Extract<WorkerCallKind, `tensor/${string}`>;
type ItemOf<K extends TensorKind> = WorkerCalls[K]['ask']['items'][number];
type ResultOf<K extends TensorKind> = WorkerCalls[K]['answer']['results'][number];

/** So small that every tensor of a test takes many blocks, tiles and writes. */
export const TINY_LIMITS: WorkerLimits = {
  blockBytes: 512,
  tileElements: 64,
  rowElements: 96,
  clippedElements: 6000,
  transposedChannels: 3,
  transposedBytes: 2048,
  turnedBytes: 1500,
  heldElements: 16 << 10,
  writeBytes: 100,
};

export interface TestWorkerOptions {
  readonly backend?: BackendId;
  readonly limits?: WorkerLimits;
  readonly files?: WorkerFiles;
  readonly pause?: () => Promise<void>;
}

export interface TestWorker {
  readonly tools: WorkerTools;
  /** Serves one call and gives its results. */
  call<K extends TensorKind>(
    kind: K,
    items: readonly ItemOf<K>[],
    context?: Partial<WorkerContext>,
  ): Promise<ResultOf<K>[]>;
  /** F32 of the rows, as every handler reads them. */
  read(source: TensorSource, rows?: RowRange): Float32Array;
}

/** The handlers of a worker, without the wire. */
export async function testWorker(options: TestWorkerOptions = {}): Promise<TestWorker> {
  const { backend = 'wasm', limits = DEFAULT_LIMITS, files = new NodeFiles(), pause = async () => {} } = options;
  const kernels = await loadTestKernels(backend);
  const tools = createTools(kernels, { loadKernels: async () => kernels, files, pause, limits });
  const handlers = createHandlers(tools);
  return {
    tools,
    call: async (kind, items, context) => {
      const ask = { items } as never;
      const answer = await handlers[kind](ask, { stop: new AbortController().signal, progress: () => {}, ...context });
      return (answer as { results: never[] }).results;
    },
    read: (source, rows) => readRows(tools, source, rows ?? { start: 0, end: source.view.channels }),
  };
}

function readRows(tools: WorkerTools, source: TensorSource, rows: RowRange): Float32Array {
  const scope = new CallScope(tools, { stop: new AbortController().signal, progress: () => {} });
  scope.arena.reset();
  const { inputs } = source.view;
  const plan = planRows(scope, [source]);
  const reader = openRows(scope, source, rows, plan);
  const values = new Float32Array((rows.end - rows.start) * inputs);
  for (const tile of tilesOf(rows, inputs, plan)) {
    const x = scope.arena.floatsAt(reader.read(tile), elementsOf(tile));
    values.set(x, (tile.row - rows.start) * inputs + tile.column);
  }
  tools.files.closeAll();
  return values;
}

/** Every backend with usual and with tiny limits. */
export const EACH_SETTING = (['ref', 'wasm'] as const).flatMap((backend) => [
  { name: `${backend}, usual blocks`, backend, limits: DEFAULT_LIMITS },
  { name: `${backend}, tiny blocks`, backend, limits: TINY_LIMITS },
]);

export function allRows(source: TensorSource): RowRange {
  return { start: 0, end: source.view.channels };
}

import { probeKernels } from '../kernels/probe.ts';
import type { WorkerContext, WorkerHandlers } from '../protocol/worker.ts';
import { CallScope, type WorkerTools } from './callScope.ts';
import { histogramItem } from './quantize/histogramItem.ts';
import { quantizeItem } from './quantize/quantizeItem.ts';
import { rangeOf } from './rangeOf.ts';
import { quantilesItem } from './scan/quantilesItem.ts';
import { scanItem } from './scan/scanItem.ts';
import { searchItem } from './search/searchItem.ts';
import { verifyItem } from './verify/verifyItem.ts';

/** What the worker does for each call. Items of a call are served in their order, one at a time. */
export function createHandlers(tools: WorkerTools): WorkerHandlers {
  const { kernels } = tools;
  return {
    'worker/hello': async () => {
      const backends = probeKernels().map(({ backend: id, available, why }) => ({ id, available, why }));
      return { backend: kernels.backend, memoryBytes: kernels.bytes().length, backends };
    },
    'worker/memory': async () => ({ memoryBytes: kernels.bytes().length }),
    'tensor/scan': serveItems(tools, scanItem),
    'tensor/range': serveItems(tools, rangeOf),
    'tensor/search': serveItems(tools, searchItem),
    'tensor/quantize': serveItems(tools, quantizeItem),
    'tensor/decoded-histogram': serveItems(tools, histogramItem),
    'tensor/verify': serveItems(tools, verifyItem),
    'tensor/channel-quantiles': serveItems(tools, quantilesItem),
  };
}

type ServeItem<Item, Result> = (scope: CallScope, item: Item) => Promise<Result>;
type ItemsHandler<Item, Result> = (
  ask: { readonly items: readonly Item[] },
  context: WorkerContext,
) => Promise<{ results: Result[] }>;

function serveItems<Item, Result>(tools: WorkerTools, serve: ServeItem<Item, Result>): ItemsHandler<Item, Result> {
  return async ({ items }, context) => {
    const scope = new CallScope(tools, context);
    const results: Result[] = [];
    try {
      for (const item of items) {
        results.push(await serve(scope, item));
        if (scope.isPauseDue) await scope.hearStop();
      }
    } catch (error) {
      closeAfterFailure(tools);
      throw error;
    }
    tools.files.closeAll();
    return { results };
  };
}

function closeAfterFailure({ files }: WorkerTools): void {
  try {
    files.closeAll();
  } catch {
    // The failure at hand is the one to report: this one follows from it, or is of less interest.
  }
}
